import type { Query } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditSearch, OpenSearch, StoredRecord } from './audit.ts';
import { openStore, type Store } from './index.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
// More than a search walks before it asks month by month.
const COUNT = 4_000;
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let log: AuditSearch;
/** Over four months; some share their time. */
const records = Array.from({ length: COUNT }, (_, n) =>
  auditRecord(n, { time: new Date(Date.UTC(2026, 6, 20) + Math.floor(n / 3) * 2 * 3_600_000).toISOString() }),
);
beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  await store.log.append(TENANT, records);
  log = await store.forTenant(TENANT).audit();
}, 60_000);
afterAll(async () => {
  await store?.close();
  await database?.drop();
});

const numberOf = (record: Pick<StoredRecord, 'id'>): number => Number(record.id.slice('record-'.length));
const queries: { query: Query; fits: (n: number) => boolean }[] = [
  { query: { kind: 'all' }, fits: () => true },
  { query: { kind: 'field', field: 'activity', pattern: ['Patch Policy3'] }, fits: (n) => n % 7 === 3 },
  { query: { kind: 'field', field: 'target', pattern: ['', '77'] }, fits: (n) => String(n).endsWith('77') },
  { query: { kind: 'not', of: { kind: 'field', field: 'category', pattern: ['Category1'] } }, fits: (n) => n % 3 !== 1 },
];

test('pages of whole records hold everything once, from either end, however short they are cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...queries),
      fc.constantFrom<('asc' | 'desc')[]>('asc', 'desc'),
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 100, max: 5_000 }),
      fc.constantFrom(1, 4),
      fc.option(fc.integer({ min: 0, max: COUNT }), { nil: null }),
      fc.option(fc.integer({ min: 0, max: COUNT }), { nil: null }),
      async ({ query, fits }, order, limit, budget, every, first, last) => {
        const at = (n: number | null) => (n === null ? null : new Date(Date.UTC(2026, 6, 20) + n * 3_600_000).toISOString());
        const search: OpenSearch = { query, order, from: at(first), to: at(last) };
        const kept = (n: number) => n % every === 0;
        const expected = records
          .filter((r) => fits(numberOf(r)) && kept(numberOf(r)) && r.time >= (search.from ?? '') && r.time < (search.to ?? '9'))
          .map((r) => r.id);
        const found: string[] = [];
        let cursor: string | null | undefined;
        do {
          const page = await log.recordPage(search, (r) => (kept(numberOf(r)) ? r.id : null), {
            limit,
            all: every === 1,
            budget,
            scope: 'x',
            cursor: cursor ?? undefined,
          });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items);
          cursor = page.nextCursor;
        } while (cursor !== null);
        expect(found).toEqual(order === 'asc' ? expected : expected.toReversed());
        expect(await log.count(search, every === 1 ? null : { keep: (r) => kept(numberOf(r)), budget: COUNT })).toBe(expected.length);
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

test('a page that holds the last record has no next one, and a count that would look at too much is not made', async () => {
  const all = { query: { kind: 'all' as const }, order: 'desc' as const, from: null, to: null };
  const page = await log.recordPage(all, (r) => r.id, { limit: COUNT, all: true, budget: 10_000, scope: 'x' });
  expect([page.items.length, page.nextCursor]).toEqual([COUNT, null]);
  expect(await log.count(all, { keep: () => true, budget: COUNT - 1 })).toBeNull();
});
