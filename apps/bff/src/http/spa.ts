import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import express, { type Response, type Router } from 'express';
import { newNonce, pageCsp, REDIRECT_CSP } from './security.ts';

const NOT_BUILT = `<!doctype html><html lang="en"><title>Weir is not built</title><h1>The web app is not built</h1>
<p>The server runs, but there is no <code>index.html</code> in WEIR_WEB_ROOT. Run <code>pnpm build</code>, then load this page again.</p></html>`;

/** Serves the built browser app: hashed assets for ever, pages never from a cache, unknown paths as index.html. */
export function serveSpa(router: Router, options: { webRoot: string; signInOrigins: readonly string[] }): void {
  const { webRoot, signInOrigins } = options;
  router.use(
    '/assets',
    express.static(join(webRoot, 'assets'), { immutable: true, maxAge: '365d', fallthrough: true, index: false }),
    (_request, response) => {
      response.status(404).set('Cache-Control', 'no-store').type('text/plain').send('No such file.\n');
    },
  );

  async function page(response: Response, file: string, headers: (nonce: string) => string): Promise<void> {
    response.set('Cache-Control', 'no-store').type('html');
    const html = await readFile(join(webRoot, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
      throw error;
    });
    if (html === null) {
      response.status(503).send(NOT_BUILT);
      return;
    }
    const nonce = newNonce();
    response.set('Content-Security-Policy', headers(nonce)).send(html.replaceAll('__CSP_NONCE__', nonce));
  }

  router.get('/redirect.html', (_request, response) => page(response, 'redirect.html', () => REDIRECT_CSP));
  const files = express.static(webRoot, { index: false, maxAge: '1h', redirect: false });
  router.use((request, response, next) => (isPage(request.path) ? next() : files(request, response, next)));
  router.get('/{*path}', (_request, response) => page(response, 'index.html', (nonce) => pageCsp(nonce, signInOrigins)));
}

/** However it is written: `%2Ehtml` is a page too, and must not go out without its own policy. */
function isPage(path: string): boolean {
  try {
    return /\.html\/?$/i.test(decodeURIComponent(path));
  } catch {
    return false;
  }
}
