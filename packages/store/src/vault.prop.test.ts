import { randomBytes } from 'node:crypto';
import { SecretUnreadable } from '@weir/engine';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NoSecretKey, Vault, type SecretPlace } from './vault.ts';

const key = () => randomBytes(32).toString('base64');
const place: SecretPlace = { tenantId: 't', settingId: 's', type: 'splunk', field: 'token', audience: 'https://splunk.example:8088' };

test('what is sealed opens again, is never the same text twice, and does not show what it holds', () => {
  const vault = new Vault([key()]);
  fc.assert(
    fc.property(fc.string({ minLength: 4, unit: 'grapheme' }), (text) => {
      const sealed = [vault.seal(text, place), vault.seal(text, place)];
      expect(sealed.map((s) => vault.open(s, place))).toEqual([text.toWellFormed(), text.toWellFormed()]);
      expect(sealed[0]).not.toBe(sealed[1]);
      const packed = Buffer.from(sealed[0]!.split('.')[2]!, 'base64url');
      expect(packed.includes(Buffer.from(text))).toBe(false);
    }),
  );
});

test('a sealed text opens at its own place only', () => {
  const vault = new Vault([key()]);
  const sealed = vault.seal('secret', place);
  fc.assert(
    fc.property(fc.constantFrom(...(Object.keys(place) as (keyof SecretPlace)[])), fc.string(), (part, other) => {
      fc.pre(other !== place[part]);
      expect(() => vault.open(sealed, { ...place, [part]: other })).toThrow(SecretUnreadable);
    }),
  );
});

test('a sealed text that was changed anywhere does not open', () => {
  const vault = new Vault([key()]);
  const sealed = vault.seal('secret', place);
  const [version, id, packed] = sealed.split('.') as [string, string, string];
  const bytes = Buffer.from(packed, 'base64url');
  fc.assert(
    fc.property(fc.integer({ min: 0, max: bytes.length - 1 }), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Buffer.from(bytes);
      changed[at]! ^= by;
      expect(() => vault.open(`${version}.${id}.${changed.toString('base64url')}`, place)).toThrow(SecretUnreadable);
    }),
  );
  for (const broken of ['', 'v1', `${version}.${id}`, `${version}.${id}.`, `${version}.00000000.${packed}`])
    expect(() => vault.open(broken, place)).toThrow(SecretUnreadable);
});

test('after a change of keys the older one still opens; without it the words name the key and what to do, and hold no secret', () => {
  const [older, newer] = [key(), key()];
  const sealed = new Vault([older]).seal('secret', place);
  const both = new Vault([newer, older]);
  expect([both.open(sealed, place), both.isOld(sealed), both.isOld(both.seal('secret', place))]).toEqual(['secret', true, false]);
  const lost = (() => {
    try {
      return new Vault([newer]).open(sealed, place);
    } catch (error) {
      return error as SecretUnreadable;
    }
  })() as SecretUnreadable;
  expect(lost.fault).toMatchObject({
    message: expect.stringContaining(sealed.split('.')[1]!),
    remedy: expect.stringContaining('WEIR_SECRET_KEY'),
  });
  expect(JSON.stringify([lost.message, lost.fault])).not.toContain(older);
});

test('a key of the wrong size is refused without being told; without a key nothing is sealed', () => {
  const short = randomBytes(31).toString('base64');
  expect(() => new Vault([short])).toThrow(/32 bytes in base64; one of 31/);
  expect(() => new Vault([short])).not.toThrow(short);
  expect(() => new Vault([]).seal('secret', place)).toThrow(NoSecretKey);
});
