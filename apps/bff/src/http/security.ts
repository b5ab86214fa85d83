import { randomBytes } from 'node:crypto';
import type { RequestHandler } from 'express';
import helmet from 'helmet';

export const newNonce = (): string => randomBytes(16).toString('base64');

/**
 * The policy of index.html. Griffel needs the style nonce; Trusted Types block every script sink.
 * @param signIn origins that MSAL talks to and frames
 */
export function pageCsp(nonce: string, signIn: readonly string[]): string {
  const own = ["'self'", ...signIn].join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    `connect-src ${own}`,
    `frame-src ${own}`,
    "worker-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The policy of redirect.html: MSAL's silent iframe loads it, so our own origin may frame it. */
export const REDIRECT_CSP =
  "default-src 'none'; script-src 'self'; frame-ancestors 'self'; form-action 'none'; base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'";
const PLAIN_CSP = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/** Headers for everything. redirect.html has no COOP: with it MSAL's popup and iframe lose their opener. */
export function securityHeaders(publicOrigin: string): RequestHandler {
  const common = {
    contentSecurityPolicy: false,
    strictTransportSecurity: publicOrigin.startsWith('https:') ? { maxAge: 31_536_000 } : false,
    referrerPolicy: { policy: 'no-referrer' as const },
    xFrameOptions: false,
  };
  const page = helmet(common);
  const redirect = helmet({ ...common, crossOriginOpenerPolicy: false });
  return (request, response, next) => {
    response.set('Content-Security-Policy', PLAIN_CSP);
    (request.path === '/redirect.html' ? redirect : page)(request, response, next);
  };
}

/**
 * Answers for our own host only, which also stops DNS rebinding. `127.0.0.1` and `localhost` are different origins to a
 * browser, so the number is sent on to the name.
 */
export function hostCheck(publicOrigin: string): RequestHandler {
  const expected = new URL(publicOrigin);
  return (request, response, next) => {
    const host = request.headers.host ?? '';
    if (host.toLowerCase() === expected.host || isProbe(request.path)) return next();
    if (expected.hostname === 'localhost' && /^(127\.0\.0\.1|\[::1\])(:\d+)?$/.test(host)) {
      response.redirect(307, `${publicOrigin}${request.originalUrl.startsWith('/') ? request.originalUrl : '/'}`);
      return;
    }
    response.status(421).type('text/plain').send(`This server answers for ${expected.host} only.\n`);
  };
}
const isProbe = (path: string): boolean => path === '/healthz' || path === '/readyz' || path === '/metrics';
