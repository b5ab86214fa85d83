import type { Failure, Fault, Secrets } from '@weir/engine';
import type { HttpAnswer } from './client.ts';

/**
 * Errors of the connection that a person must mend, each with what to do. All others (names that do not resolve now, refused and
 * cut connections, time limits) are retried. https://nodejs.org/api/tls.html#x509-certificate-error-codes
 */
const certificate = 'Give the server a certificate that this host trusts, or trust its authority with NODE_EXTRA_CA_CERTS.';
const remedies: Record<string, string> = {
  AddressNotAllowed: 'Use an address on the internet, or let the network be allowed in WEIR_PRIVATE_ADDRESSES.',
  HttpNotAllowed: 'Use https, or let the installation allow http (WEIR_ALLOW_HTTP).',
  DEPTH_ZERO_SELF_SIGNED_CERT: certificate,
  SELF_SIGNED_CERT_IN_CHAIN: certificate,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: certificate,
  UNABLE_TO_GET_ISSUER_CERT: certificate,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: certificate,
  CERT_UNTRUSTED: certificate,
  CERT_HAS_EXPIRED: 'Renew the server’s certificate.',
  CERT_NOT_YET_VALID: 'Check the server’s certificate and the clock of this host.',
  CERT_REVOKED: 'Give the server a new certificate.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'Use the name that stands in the server’s certificate, or give it one for this name.',
};
const MAX_MESSAGE = 400;

/** What a failed connection means for a delivery. */
export function connectionFailure(error: unknown): Failure {
  const { code = 'network', name, message = '' } = (error ?? {}) as { code?: string; name?: string; message?: string };
  const timed = name === 'AbortError' || name === 'TimeoutError';
  const fault: Fault = {
    code: timed ? 'timeout' : code,
    message: timed ? 'No answer came in time.' : oneLine(message) || 'The connection failed.',
    remedy: remedies[code] ?? null,
  };
  return remedies[code] ? { kind: 'misconfigured', fault } : { kind: 'retry', fault };
}
/** A service's own words: one line, of bounded length, and without a secret that it repeats. */
export const saying = (text: string, secrets: Secrets): string => oneLine(withoutSecrets(text, secrets));
/** A text without a secret that it repeats. */
export function withoutSecrets(text: string, secrets: Secrets): string {
  let clean = text;
  for (const secret of [...Object.values(secrets.current), ...Object.values(secrets.previous)].map((s) => s.reveal()))
    for (const form of new Set([secret, encodeURIComponent(secret), secret.replace(/^whsec_/, '')])) clean = clean.replaceAll(form, '***');
  return clean;
}
const oneLine = (text: string): string =>
  text
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    .trim()
    .slice(0, MAX_MESSAGE);

/** What the answer asks for with Retry-After (seconds or a date), in ms. */
export function retryAfterOf(answer: HttpAnswer, now: number = Date.now()): number | undefined {
  const text = answer.headers['retry-after'];
  if (!text) return undefined;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return ms > 0 ? ms : undefined;
}
/** Tried again, after the time that the service asked for. */
export function retry(answer: HttpAnswer, fault: Fault): Failure {
  const retryAfterMs = retryAfterOf(answer);
  return { kind: 'retry', fault, ...(retryAfterMs !== undefined && { retryAfterMs }) };
}
/** A person must act; seldom tried again meanwhile. */
export const misconfigured = (code: string, message: string, remedy: string): Failure => ({
  kind: 'misconfigured',
  fault: { code, message, remedy },
});
export const redirected = (answer: HttpAnswer): Failure | null =>
  answer.status >= 300 && answer.status < 400
    ? misconfigured(
        'Redirected',
        `The address answered ${answer.status} and points elsewhere. Redirects are not followed.`,
        'Enter the address that it points to in the setting.',
      )
    : null;

/** The answer as JSON; null when it is none. */
export function json(answer: HttpAnswer): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(answer.text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** The setting has no such secret: one that was saved without it, or whose secret was lost. */
export const secretMissing = (field: string): Failure =>
  misconfigured('SecretMissing', `The setting has no ${field}.`, 'Edit the setting and enter it.');
