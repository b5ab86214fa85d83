import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressRule, isPublic } from './addresses.ts';

// Reckoned in numbers here, where the code asks Node's BlockList: the two must agree.
const toNumber = (octets: readonly number[]): number => octets.reduce((n, o) => n * 256 + o, 0);
const toText = (n: number): string => [24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.');
/** First and last address of blocks that belong to no host of the public internet. */
const special: [string, string][] = [
  ['0.0.0.0', '0.255.255.255'],
  ['10.0.0.0', '10.255.255.255'],
  ['100.64.0.0', '100.127.255.255'],
  ['127.0.0.0', '127.255.255.255'],
  ['169.254.0.0', '169.254.255.255'],
  ['172.16.0.0', '172.31.255.255'],
  ['192.0.0.0', '192.0.0.255'],
  ['192.0.2.0', '192.0.2.255'],
  ['192.31.196.0', '192.31.196.255'],
  ['192.52.193.0', '192.52.193.255'],
  ['192.88.99.0', '192.88.99.255'],
  ['192.168.0.0', '192.168.255.255'],
  ['192.175.48.0', '192.175.48.255'],
  ['198.18.0.0', '198.19.255.255'],
  ['198.51.100.0', '198.51.100.255'],
  ['203.0.113.0', '203.0.113.255'],
  ['224.0.0.0', '255.255.255.255'],
  ['168.63.129.16', '168.63.129.16'],
];
const ranges = special.map((pair) => pair.map((a) => toNumber(a.split('.').map(Number))) as [number, number]);
const isSpecial = (n: number): boolean => ranges.some(([first, last]) => n >= first && n <= last);
const any4 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), ...ranges.map(([min, max]) => fc.integer({ min, max })));
const groups = (n: number): string => `${Math.floor(n / 65_536).toString(16)}:${(n % 65_536).toString(16)}`;

test('IPv4: public is what no special block holds, up to their very edges', () => {
  fc.assert(
    fc.property(any4, (n) => {
      expect(isPublic(toText(n))).toBe(!isSpecial(n));
    }),
    { numRuns: 2_000 },
  );
  for (const [first, last] of ranges) {
    expect([isPublic(toText(first)), isPublic(toText(last))]).toEqual([false, false]);
    if (first > 0) expect(isPublic(toText(first - 1))).toBe(!isSpecial(first - 1));
    if (last < 2 ** 32 - 1) expect(isPublic(toText(last + 1))).toBe(!isSpecial(last + 1));
  }
});

test('no form of IPv6 that carries an IPv4 address is public, whatever it carries', () => {
  const forms: ((n: number) => string)[] = [
    (n) => `::ffff:${toText(n)}`,
    (n) => `::ffff:${groups(n)}`,
    (n) => `0:0:0:0:0:ffff:${groups(n)}`,
    (n) => `::${toText(n)}`,
    (n) => `::ffff:0:${groups(n)}`,
    (n) => `64:ff9b::${toText(n)}`,
    (n) => `64:ff9b:1::${groups(n)}`,
    (n) => `2002:${groups(n)}::1`,
    // Teredo writes the client's address with every bit turned.
    (n) => `2001:0:4136:e378:8000:63bf:${groups(2 ** 32 - 1 - n)}`,
  ];
  fc.assert(
    fc.property(any4, fc.constantFrom(...forms), (n, form) => {
      expect(isPublic(form(n))).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

test('IPv6: only 2000::/3 without its special blocks is public', () => {
  const quad = fc.integer({ min: 0, max: 65_535 });
  fc.assert(
    fc.property(fc.tuple(quad, quad, quad, quad, quad, quad, quad, quad), (g) => {
      const [a, b, c] = g;
      const outside = Math.floor(a / 8192) !== 1;
      const inside =
        (a === 0x2001 && b < 0x200) ||
        (a === 0x2001 && b === 0xdb8) ||
        a === 0x2002 ||
        (a === 0x2620 && b === 0x4f && c === 0x8000) ||
        (a === 0x3fff && b < 0x1000);
      expect(isPublic(g.map((x) => x.toString(16)).join(':'))).toBe(!outside && !inside);
    }),
    { numRuns: 2_000 },
  );
  for (const address of ['::', '::1', 'fe80::1', 'fe80::1%eth0', '2606:4700::1%eth0', 'fec0::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1'])
    expect([address, isPublic(address)]).toEqual([address, false]);
  for (const address of ['2606:4700:4700::1111', '2a00:1450:4001:830::200e', '2620:fe::fe'])
    expect([address, isPublic(address)]).toEqual([address, true]);
});

test('text that is no address is not public', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      fc.pre(!/^[\d.]+$/.test(text) && !text.includes(':'));
      expect(isPublic(text)).toBe(false);
    }),
  );
  for (const text of ['1.1.1', '1.1.1.1.1', '01.1.1.1', '0x1.1.1.1', '1.1.1.1/32', ' 1.1.1.1', '256.1.1.1', ''])
    expect(isPublic(text)).toBe(false);
});

describe('exceptions', () => {
  test('allow their networks and nothing beside them', () => {
    const rule = addressRule('10.1.0.0/16, fd00:1::/32\n127.0.0.1');
    for (const yes of ['10.1.0.0', '10.1.255.255', '::ffff:10.1.2.3', 'fd00:1::5', '127.0.0.1', '1.1.1.1', '2606:4700::1'])
      expect([yes, rule.allows(yes)]).toEqual([yes, true]);
    for (const no of ['10.2.0.0', '10.0.255.255', 'fd00:2::5', '127.0.0.2', '169.254.169.254', 'fd00:1::5%lo', '::1', 'x'])
      expect([no, rule.allows(no)]).toEqual([no, false]);
    expect(addressRule('').allows('127.0.0.1')).toBe(false);
  });
  test.each(['10.0.0.0/33', '10.0.0/8', 'fd00::/129', 'localhost', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1'])(
    '%s is refused by name when Weir starts',
    (text) => expect(() => addressRule(`127.0.0.1, ${text}`)).toThrow(JSON.stringify(text)),
  );
});
