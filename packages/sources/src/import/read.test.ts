import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it, test } from 'vitest';
import { readImport, type Refused } from './read.ts';

async function* chunks(data: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < data.length; at += size) yield data.subarray(at, at + size);
}
async function read(input: string | Buffer, size = 7) {
  const refused: Refused[] = [];
  const records = [];
  for await (const batch of readImport(chunks(Buffer.from(input as string), size), { tenantId: 't', onRefused: (r) => refused.push(r) }))
    records.push(...batch);
  return { records, refused, ids: records.map((r) => r.id) };
}
const event = (id: string) => ({ id, activityDateTime: '2026-01-02T03:04:05.1234567Z', activityType: 'Patch MobileApp', resources: [] });
const log = (id: string, more: object = {}) => ({
  time: '2026-01-02T03:04:05.1234567Z',
  tenantId: 't',
  category: 'AuditLogs',
  operationName: 'Patch MobileApp',
  properties: { AuditEventId: id, name: 'a "quoted" } ] , name\\' },
  ...more,
});
const two = [event('a'), log('b')];
const lines = two.map((v) => JSON.stringify(v)).join('\n');

test.each<[string, string | Buffer]>([
  ['lines', lines],
  ['lines with a last line end', `${lines}\n`],
  ['Windows line ends', lines.replace('\n', '\r\n')],
  ['a byte order mark', `\uFEFF${lines}`],
  ['empty lines', `\n\n${lines.replace('\n', '\n\n')}\n`],
  ['an array on one line', JSON.stringify(two)],
  ['an array over many lines', JSON.stringify(two, null, 2)],
  ['values over many lines', two.map((v) => JSON.stringify(v, null, 2)).join('\n')],
  ['an array with a value per line', `[\n${two.map((v) => JSON.stringify(v)).join(',\n')}\n]`],
  ['an event hub’s envelope', JSON.stringify({ records: two })],
  ['an answer of Graph', JSON.stringify({ '@odata.context': 'x', value: two }, null, 2)],
  ['an envelope per line', two.map((v) => JSON.stringify({ records: [v] })).join('\n')],
  ['gzip', gzipSync(lines)],
])('reads %s, however it is cut into chunks', async (_, input) => {
  for (const size of [1, 3, 64, 1 << 20]) {
    const { ids, refused } = await read(input, size);
    expect({ size, ids, refused }).toEqual({ size, ids: ['a', 'b'], refused: [] });
  }
});

test.each([
  ['no JSON', 'oops', /no JSON/],
  ['a value cut off', '{"time":"2026-01-01', /no JSON/],
  ['a number', '17', /found a number/],
  ['no time', '{"category":"AuditLogs"}', /no time in it/],
  ['a time that is none', '{"category":"AuditLogs","time":"yesterday"}', /time is no time: "yesterday"/],
  ['a year that cannot be', '{"category":"Devices","time":"9999-12-31T00:00:00Z"}', /time is no time/],
])('refuses %s with its line, and reads on', async (_, broken, reason) => {
  const { ids, refused } = await read(`${JSON.stringify(event('a'))}\n\n${broken}\n${JSON.stringify(log('b'))}\n`);
  expect(ids).toEqual(['a', 'b']);
  expect(refused).toEqual([{ line: 3, reason: expect.stringMatching(reason) as string }]);
});

test.each([
  ['1/2/2026 3:04:05 PM', '2026-01-02T15:04:05.000Z'],
  ['12/31/2025 12:00:00 AM', '2025-12-31T00:00:00.000Z'],
  ['2026-01-02 15:04:05.1234567', '2026-01-02T15:04:05.123Z'],
  ['2026-01-02T15:04:05', '2026-01-02T15:04:05.000Z'],
  ['2026-01-02T15:04:05.1234567Z', '2026-01-02T15:04:05.123Z'],
  ['2026-01-02T15:04:05+02:00', '2026-01-02T13:04:05.000Z'],
])('reads the time %s as %s', async (given, time) => {
  const { records } = await read(JSON.stringify({ category: 'Devices', time: given, properties: {} }));
  expect(records.map((r) => r.time)).toEqual([time]);
});

it('keeps every value of a record, and gives a record without an id one that its content decides', async () => {
  const record = { time: '2026-01-02T00:00:00Z', category: 'Devices', properties: { DeviceName: 'LAP-1' } };
  const { records, ids } = await read(
    `${JSON.stringify(record)}\n${JSON.stringify(record)}\n${JSON.stringify({ ...record, resultType: 'None' })}`,
  );
  expect(JSON.parse(records[0]!.body)).toEqual(record);
  expect([ids[0] === ids[1], ids[0] === ids[2]]).toEqual([true, false]);
});
test.each([
  [log('x'), 'microsoft.intune/AuditLogs'],
  [log('x', { resourceId: '/tenants/t/providers/Microsoft.aadiam' }), 'microsoft.aadiam/AuditLogs'],
  [{ time: '2026-01-02T00:00:00Z', category: 'SignInLogs', properties: { id: 'x' } }, 'microsoft.aadiam/SignInLogs'],
  [{ time: '2026-01-02T00:00:00Z', category: 'Windows365AuditLogs', properties: { id: 'x' } }, 'microsoft.intune/Windows365AuditLogs'],
])('knows whose log a record is of (%#)', async (record, category) => {
  expect((await read(JSON.stringify(record))).records[0]?.category).toBe(category);
});

it('reads back any list of records, in any layout and any chunks', async () => {
  const record = fc.record({
    time: fc.constant('2026-01-02T00:00:00Z'),
    category: fc.constant('AuditLogs'),
    properties: fc.dictionary(fc.string({ unit: 'binary' }), fc.jsonValue({ maxDepth: 2 })),
    n: fc.nat(),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(record, { minLength: 1, maxLength: 5 }),
      fc.constantFrom(0, 2),
      fc.boolean(),
      fc.integer({ min: 1, max: 40 }),
      async (records, indent, array, size) => {
        const input = array ? JSON.stringify(records, null, indent) : records.map((r) => JSON.stringify(r, null, indent)).join('\n');
        const found = await read(input, size);
        expect(found.refused).toEqual([]);
        expect(found.records.map((r) => r.body)).toEqual(records.map((r) => JSON.stringify(JSON.parse(JSON.stringify(r)))));
      },
    ),
    { numRuns: 150 },
  );
});

it('keeps what stood before the place where a packed file is cut off, and says that it is', async () => {
  const packed = gzipSync(Array.from({ length: 700 }, (_, i) => JSON.stringify(event(`e${i}-${Math.sin(i)}`))).join('\n'));
  const ids: string[] = [];
  const reading = (async () => {
    for await (const batch of readImport(chunks(packed.subarray(0, packed.length - 200), 512), { tenantId: 't', onRefused: () => {} }))
      ids.push(...batch.map((r) => r.id));
  })();
  await expect(reading).rejects.toMatchObject({ code: 'Z_BUF_ERROR' });
  expect(ids.length).toBeGreaterThan(500);
});
it('hands on the error of a source that breaks', async () => {
  async function* breaking(): AsyncGenerator<Buffer> {
    yield gzipSync(lines).subarray(0, 30);
    throw new Error('the disk is gone');
  }
  const reading = async () => {
    for await (const batch of readImport(breaking(), { tenantId: 't', onRefused: () => {} })) expect(batch).toBeDefined();
  };
  await expect(reading()).rejects.toThrow('the disk is gone');
});

test('a line that is cut off anywhere costs that line alone', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(4), fc.nat(), fc.integer({ min: 1, max: 400 }), async (which, at, size) => {
      const values = ['a', 'b', 'c', 'd', 'e'].map((id, n) => JSON.stringify(n % 2 === 0 ? event(id) : log(id)));
      const whole = values[which]!;
      values[which] = whole.slice(0, 1 + (at % (whole.length - 1)));
      const { ids, refused } = await read(values.join('\n'), size);
      expect(ids).toEqual(['a', 'b', 'c', 'd', 'e'].filter((_, n) => n !== which));
      expect(refused.map((r) => r.line)).toEqual([which + 1]);
    }),
    { numRuns: 300 },
  );
});
