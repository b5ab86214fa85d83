/** Oid of the type `text`. */
const TEXT = 25;
const HEAD = 20;
/** Bytes of the scratch that is kept: about three times a batch's bodies. */
const MAX_SCRATCH = 8 << 20;

/**
 * Where arrays are written before their length is known. Each batch would take megabytes too many otherwise, and whatever lies
 * outside the heap drives the collector through all that is in it.
 */
let scratch = Buffer.allocUnsafe(1 << 16);

/**
 * A text[] in PostgreSQL's binary form, which the driver passes on as it is: written as a literal, each of a batch's texts
 * would be escaped, sent longer, and parsed again. NUL, which text cannot hold, becomes U+FFFD; so do halves of characters.
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let most = HEAD;
  let nulls = 0;
  for (const value of values) {
    most += 4 + (value === null ? 0 : value.length * 3);
    if (value === null) nulls = 1;
  }
  const buffer = most <= scratch.length ? scratch : Buffer.allocUnsafe(most);
  if (most <= MAX_SCRATCH) scratch = buffer;
  // One dimension, whether there are nulls, the element's type, how many, counted from 1.
  buffer.writeInt32BE(values.length === 0 ? 0 : 1, 0);
  buffer.writeInt32BE(nulls, 4);
  buffer.writeInt32BE(TEXT, 8);
  if (values.length === 0) return Buffer.from(buffer.subarray(0, 12));
  buffer.writeInt32BE(values.length, 12);
  buffer.writeInt32BE(1, 16);
  let at = HEAD;
  for (const value of values) {
    if (value === null) {
      buffer.writeInt32BE(-1, at);
      at += 4;
    } else {
      const bytes = buffer.write(value.includes('\u0000') ? value.replaceAll('\u0000', '\uFFFD') : value, at + 4);
      buffer.writeInt32BE(bytes, at);
      at += 4 + bytes;
    }
  }
  return Buffer.from(buffer.subarray(0, at));
}

/** A text[] as a literal, for an array inside a text[]. */
export const arrayLiteral = (values: readonly string[]): string =>
  values.length === 0 ? '{}' : `{${values.map((v) => `"${v.replaceAll(/[\\"]/g, String.raw`\$&`)}"`).join(',')}}`;
