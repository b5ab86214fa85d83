import { z } from 'zod';

/**
 * The address of a partner solution. Whether http and private addresses may be used is the installation's configuration, so the
 * server says so; everything else is refused here. Comes out as the URL standard writes it, so that two spellings are one address.
 */
export const partnerUrl = (example: string, options: { query: boolean; strip?: RegExp }) =>
  z
    .string()
    .max(2048, 'An address has at most 2,048 characters.')
    .overwrite((text) => normal(text, options.strip))
    .superRefine((text, context) => {
      const wrong = addressFault(text, example, options.query);
      if (wrong) context.addIssue({ code: 'custom', message: wrong });
    });

function normal(text: string, strip: RegExp | undefined): string {
  const url = URL.parse(text.trim());
  if (!url) return text.trim();
  if (strip) url.pathname = url.pathname.replace(strip, '');
  return url.search || url.hash ? url.href : url.href.replace(/\/+$/, '');
}

function addressFault(text: string, example: string, query: boolean): string | null {
  if (text === '') return `Enter an address, such as ${example}.`;
  const url = URL.parse(text);
  if (!url || url.hostname === '') return `This is no address. Enter one such as ${example}.`;
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'The address must begin with https://.';
  if (url.username || url.password) return 'Leave user name and password out of the address: it is shown to others.';
  if (url.hash) return 'Leave out # and what follows.';
  return !query && url.search ? 'Leave out ? and what follows.' : null;
}

/**
 * A secret: taken, never given back. `writeOnly` is what the form, the store and the OpenAPI document go by. No message may
 * repeat what was entered.
 */
export const secretField = (schema: z.ZodString, about: { title: string; description: string; [more: string]: unknown }) =>
  schema.optional().meta({ ...about, writeOnly: true, format: 'password' });

/** Printable ASCII without blanks: what a header can carry. */
export const headerText = (what: string) =>
  z
    .string()
    .min(1, `Enter the ${what}.`)
    .max(4096, `The ${what} has at most 4,096 characters.`)
    .regex(/^[\u0021-\u007e]+$/, `The ${what} holds a blank, a line end or a letter that none can have. Copy it again.`);

/** The bytes of standard base64 (padded or not); null when the text is none. */
export function base64Bytes(text: string): Uint8Array | null {
  const bare = text.replace(/={0,2}$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(bare) || bare.length % 4 === 1) return null;
  return Uint8Array.from(atob(bare), (c) => c.charCodeAt(0));
}
