import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CopiedRows } from './copied.ts';

const int = (bytes: number, value: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeIntBE(value, 0, bytes);
  return buffer;
};
const field = (bytes: Buffer): Buffer => Buffer.concat([int(4, bytes.length), bytes]);
const bigint = (value: number): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(BigInt(value));
  return field(buffer);
};

test('rows come out whole wherever the messages that bring them are cut', () => {
  const row = fc.record({ n: fc.maxSafeInteger(), ms: fc.integer({ min: 0, max: 4e12 }), text: fc.string({ unit: 'grapheme' }) });
  fc.assert(
    fc.property(fc.array(row, { maxLength: 20 }), fc.array(fc.nat()), fc.nat({ max: 9 }), (rows, cuts, extension) => {
      const bytes = Buffer.concat([
        Buffer.from('PGCOPY\n\u00ff\r\n\0', 'latin1'),
        int(4, 0),
        int(4, extension),
        Buffer.alloc(extension),
        ...rows.flatMap(({ n, ms, text }) => [int(2, 3), bigint(n), bigint((ms - 946_684_800_000) * 1000), field(Buffer.from(text))]),
        int(2, -1),
      ]);
      const got: typeof rows = [];
      const copied = new CopiedRows('', (fields) => {
        got.push({
          n: fields.bigint(),
          ms: fields.time(),
          text: fields.bytes((source, from, to) => Buffer.from(source.subarray(from, to))).toString(),
        });
      });
      const at = [...new Set([0, ...cuts.map((cut) => cut % bytes.length), bytes.length])].toSorted((a, b) => a - b);
      for (const [i, from] of at.slice(0, -1).entries()) copied.handleCopyData({ chunk: bytes.subarray(from, at[i + 1]) });
      expect(got).toEqual(rows);
    }),
  );
});
