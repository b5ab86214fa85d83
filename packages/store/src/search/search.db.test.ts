import {
  join,
  matches,
  parseQuery,
  printQuery,
  queryFields,
  type NewRecord,
  type Pattern,
  type Query,
  type Searchable,
} from '@weir/contract';
import { shaper } from '@weir/engine';
import { testDatabase } from '@weir/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openPool, type Queryable } from '../database.ts';
import { openStore, type Store } from '../index.ts';
import type { Position } from '../cursor.ts';
import { readCut } from '../cuts.ts';
import type { Log } from './compile.ts';
import { TokenFrequency } from './frequency.ts';
import { newest } from './page.ts';
import { summarize } from './summary.ts';
import { textsOf } from './text.ts';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
let database: Awaited<ReturnType<typeof testDatabase>>;
let store: Store;
let pool: ReturnType<typeof openPool>;
let bare: Log;
let frequency: TokenFrequency;

const guid = (n: number) => `${String(n % 7).repeat(8)}-0000-4000-8000-${String(n % 5).repeat(12)}`;
const actors = ['maya.chen@contoso.example', 'Ödön.Szabó@contoso.example', 'Intune automation', '100%_sure@contoso.example', null];
const NOBODY = '00000000-0000-0000-0000-000000000000';
const targets = [
  `Policy ${guid(4)}`,
  `${guid(2)} (copy) x${guid(3)}`,
  'Windows ring 3',
  'Windows ring 30',
  'DESK-00017',
  'a*b\\c',
  'iOS "pilot" (EU)',
  '漢字 policy',
  'مرحبا',
  'Ring\n3',
];
/** Records with everything in them that searches stumble over, spread over four months. */
const records: NewRecord[] = Array.from({ length: 400 }, (_, n) => {
  const time = new Date(Date.UTC(2026, 3 + (n % 4), 1 + ((n * 7) % 27), n % 24, n % 60, 0, n)).toISOString();
  const actor = actors[n % actors.length]!;
  const named = n % 11 === 0 ? [] : [targets[n % targets.length]!, ...(n % 3 === 0 ? [targets[(n * 5) % targets.length]!] : [])];
  const fields: NewRecord['fields'] = {
    operation: n % 13 === 0 ? null : `${['Patch', 'Create', 'Delete'][n % 3]} Policy${n % 6}`,
    actor,
    application: n % 2 === 0 ? 'Microsoft Intune portal extension' : null,
    targets: named,
    targetTypes: n % 4 === 0 ? [] : [`Type${n % 3}`],
    result: n % 9 === 0 ? 'Failure' : 'Success',
    auditCategory: ['Device', 'Role', 'Application'][n % 3]!,
    correlationId: n % 5 === 0 ? null : n % 7 === 0 ? NOBODY : guid(n),
  };
  const body = JSON.stringify({
    time,
    category: 'AuditLogs',
    operationName: fields.operation,
    properties: {
      Id: guid(n + 1),
      Note: `ticket INC${1000 + n} for x${n % 17}y`,
      Percent: '50%_off',
      Long: n % 50 === 0 ? 'z'.repeat(300) : '',
    },
  });
  return { category: 'microsoft.intune/AuditLogs', id: `record-${n}`, time, body, original: null, fields };
});
const one = (value: string | null | undefined): string[] => (value === null || value === undefined ? [] : [value]);
const searchable: Searchable[] = records.map((r) => ({
  time: r.time,
  text: textsOf(r),
  fields: {
    category: one(r.fields.auditCategory),
    activity: one(r.fields.operation),
    actor: one(r.fields.actor),
    application: one(r.fields.application),
    target: r.fields.targets,
    type: r.fields.targetTypes!,
    status: one(r.fields.result),
    correlation: one(r.fields.correlationId),
    id: [r.id],
  },
}));

beforeAll(async () => {
  database = await testDatabase();
  store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  await store.log.append(TENANT, records);
  pool = openPool(database.url, 'test', 8);
  await pool.query('analyze record');
  bare = { db: pool as unknown as Queryable, tenantId: TENANT, category: 1 };
  frequency = new TokenFrequency(pool as unknown as Queryable);
  expect((await frequency.get()).size).toBeGreaterThan(20);
}, 60_000);
afterAll(async () => {
  await pool?.end();
  await store?.close();
  await database?.drop();
});

const words = fc.constantFrom(
  'maya',
  'MAYA.CHEN',
  'szabó',
  'ÖDÖN',
  '%',
  '_',
  '50%_off',
  'a*b',
  '\\',
  'ring 3',
  'Ring',
  'windows ring 30',
  'desk-000',
  '00017',
  'inc10',
  'INC1042',
  'x3y',
  '漢',
  'مرح',
  '(eu)',
  '"pilot"',
  'polic',
  'policy2',
  'zzz',
  'z'.repeat(300),
  'nothing',
  'e',
  'in',
  'record-17',
  'record',
  guid(3),
  guid(3).slice(0, 13),
  NOBODY,
  `policy ${guid(4)}`,
  `${guid(2)} (copy)`,
  `${guid(2)} `,
  `copy) x${guid(3)}`,
  `licy ${guid(4).slice(0, 20)}`,
  'automation',
  'contoso.example',
  ' ',
  'success',
  "'; drop table record; --",
);
const pattern = fc.oneof(
  { weight: 4, arbitrary: words.map((w): Pattern => [w]) },
  { weight: 2, arbitrary: words.map((w): Pattern => [w, '']) },
  { weight: 2, arbitrary: words.map((w): Pattern => ['', w]) },
  { weight: 2, arbitrary: words.map((w): Pattern => ['', w, '']) },
  { weight: 1, arbitrary: fc.tuple(words, words).map(([a, b]): Pattern => [a, b]) },
);
const whole = fc.constantFrom(...searchable.flatMap((s) => Object.values(s.fields).flat()).slice(0, 300)).map((v): Pattern => [v]);
const leaf: fc.Arbitrary<Query> = fc.oneof(
  pattern.map((p): Query => ({ kind: 'text', pattern: p })),
  fc
    .tuple(fc.constantFrom(...queryFields), fc.oneof(pattern, whole, fc.constant(['']), fc.constant(['', ''])))
    .map(([field, p]): Query => ({ kind: 'field', field, pattern: p })),
  fc
    .tuple(fc.constantFrom('>=', '>', '<=', '<'), fc.constantFrom(...records.map((r) => r.time)))
    .map(([operator, at]): Query => ({ kind: 'time', operator: operator as '<', at })),
);
const { query } = fc.letrec<{ query: Query }>((tie) => ({
  query: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    { weight: 3, arbitrary: leaf },
    { weight: 2, arbitrary: fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((of) => join('and', of)) },
    { weight: 1, arbitrary: fc.array(tie('query'), { minLength: 2, maxLength: 3 }).map((of) => join('or', of)) },
    { weight: 1, arbitrary: tie('query').map((of): Query => (of.kind === 'not' ? of.of : { kind: 'not', of })) },
  ),
}));
const span = { from: '2026-01-01T00:00:00.000Z', to: '2027-01-01T00:00:00.000Z' };
const wanted = (q: Query): string[] =>
  records
    .map((r, n) => ({ r, n }))
    .filter(({ n }) => matches(q, searchable[n]!))
    .toSorted((a, b) => (a.r.time < b.r.time ? 1 : a.r.time > b.r.time ? -1 : b.n - a.n))
    .map(({ r }) => r.id);

test('what a search finds is what its words mean: by walking, by the word index, in pages, and in the counts', async () => {
  await fc.assert(
    fc.asyncProperty(
      query,
      fc.constantFrom(1, 20, 10_000),
      fc.constantFrom(-1, 60_000),
      fc.boolean(),
      fc.constantFrom(1, 5_000),
      async (q, longestWalk, budgetMs, known, mostLone) => {
        // With statistics some words are common, and without all count as rare.
        const log = { ...bare, ...(known && { frequency }) };
        const expected = wanted(q);
        const found: string[] = [];
        for (let after: Position | null = null; ;) {
          const { rows, stopped } = await newest(log, { ...span, query: q }, after, 'r.seq, r.id, r.time', {
            rows: 60,
            longestWalk,
            budgetMs,
            mostLone,
          });
          found.push(...rows.map((r) => r['id'] as string));
          const last = rows.at(-1);
          if (!stopped && rows.length < 60) break;
          after = stopped ?? { time: (last!['time'] as Date).toISOString(), seq: last!['seq'] as number };
        }
        expect(found, printQuery(q)).toEqual(expected);
        const counted = await summarize(log, { ...span, query: q }, 86_400_000, 'status');
        expect(counted, printQuery(q)).toMatchObject({ total: expected.length, exact: true });
        expect(counted.buckets.reduce((sum, b) => sum + b.n, 0)).toBe(expected.length);
        const failures = expected.filter((id) => records[Number(id.slice(7))]!.fields.result === 'Failure').length;
        expect(counted.facets.status.find((f) => f.value === 'Failure')?.n ?? 0).toBe(failures);
      },
    ),
    { numRuns: 250 },
  );
}, 240_000);

test('a name that holds a GUID, and the GUID that stands for none, are found by the index and counted', async () => {
  const target = (pattern: Pattern): Query => ({ kind: 'field', field: 'target', pattern });
  const asked: Query[] = [
    target([`Policy ${guid(4)}`]),
    target(['', `licy ${guid(4)}`]),
    target([`${guid(2)} (copy)`, '']),
    target([guid(2).slice(0, 20), '']),
    { kind: 'field', field: 'correlation', pattern: [NOBODY] },
    { kind: 'text', pattern: [NOBODY] },
  ];
  for (const q of asked) {
    const expected = wanted(q);
    expect(expected.length, printQuery(q)).toBeGreaterThan(0);
    const { rows } = await newest(bare, { ...span, query: q }, null, 'r.seq, r.id, r.time', { rows: 1_000, longestWalk: 1 });
    expect(
      rows.map((r) => r['id']),
      printQuery(q),
    ).toEqual(expected);
    expect(await summarize(bare, { ...span, query: q }, 86_400_000, 'status')).toMatchObject({ total: expected.length });
  }
});

test('what a setting’s condition lets through is what the search finds, cut after cut, in the order of the log', async () => {
  const log = { tenantId: TENANT, provider: 'microsoft.intune', category: 'AuditLogs' };
  await fc.assert(
    fc.asyncProperty(query, fc.constantFrom(3, 10_000), fc.constantFrom(2_000, 1 << 30), async (q, maxRecords, maxBytes) => {
      const { rows } = await newest(bare, { ...span, query: q }, null, 'r.seq, r.id, r.time', { rows: 1_000 });
      const shape = shaper({ id: 'v', condition: q, masks: [], key: null });
      const went: string[] = [];
      for (let after = 0; after < records.length;) {
        const bounds = { maxRecords, maxBytes, recordOverheadBytes: 0 };
        const cut = await readCut(bare.db, { get: async () => shape }, log, 'v', after, bounds);
        expect(cut.holes).toEqual([]);
        expect(cut.records.map((r) => r.body.toString())).toEqual(cut.records.map((r) => records[r.seq - 1]!.body));
        expect(cut.records.length === 0 || cut.records.at(-1)!.seq <= cut.through).toBe(true);
        went.push(...cut.records.map((r) => r.id));
        after = cut.through;
      }
      expect(went, printQuery(q)).toEqual(
        rows.toSorted((a, b) => (a['seq'] as number) - (b['seq'] as number)).map((r) => r['id'] as string),
      );
    }),
    { numRuns: 150 },
  );
}, 240_000);

test('categories, statuses and times are counted exactly however many there are, with the hours at the ends cut', async () => {
  const hour = 3_600_000;
  const moment = fc.integer({ min: Date.UTC(2026, 2, 28), max: Date.UTC(2026, 7, 2) });
  const rolled = fc.constantFrom('', 'category:Device', 'category:(Device or Role) status:Failure', 'status:Success', 'category:Nothing');
  await fc.assert(
    fc.asyncProperty(rolled, moment, moment, fc.constantFrom('status' as const, 'category' as const), async (text, a, b, by) => {
      const parsed = parseQuery(text);
      const q = parsed.ok ? parsed.query : join('and', []);
      const search = { query: q, from: new Date(Math.min(a, b)).toISOString(), to: new Date(Math.max(a, b) + 1).toISOString() };
      const expected = records.filter((r, n) => r.time >= search.from && r.time < search.to && matches(q, searchable[n]!));
      const counted = await summarize(bare, search, 24 * hour, by, false, { exact: 0, read: 0, sample: 100_000 });
      expect(counted).toMatchObject({ total: expected.length, exact: true });
      const wantedBars = new Map<string, number>();
      for (const r of expected) {
        const at = new Date(Math.floor(Date.parse(r.time) / (24 * hour)) * 24 * hour).toISOString();
        const key = `${at} ${by === 'status' ? r.fields.result : r.fields.auditCategory}`;
        wantedBars.set(key, (wantedBars.get(key) ?? 0) + 1);
      }
      expect(Object.fromEntries(counted.buckets.map((x) => [`${x.at} ${x.value}`, x.n]))).toEqual(Object.fromEntries(wantedBars));
    }),
    { numRuns: 60 },
  );
  const estimate = await summarize(bare, { ...span, query: { kind: 'text', pattern: ['a'] } }, hour, 'status', false, {
    exact: 0,
    read: 0,
    sample: 100,
  });
  expect(estimate).toMatchObject({ exact: false, exactFacets: false });
});

test('records of one moment do not hold a search up: what lies further is found, and nothing twice', async () => {
  const parsed = parseQuery('record*');
  const search = { ...span, query: parsed.ok ? parsed.query : join('and', []) };
  const { rows, stopped } = await newest(bare, search, null, 'r.seq, r.id, r.time', { rows: 60, longestWalk: 1, budgetMs: 20_000 });
  expect({ found: new Set(rows.map((r) => r['id'])).size, stopped }).toEqual({ found: 60, stopped: null });
});

test('a search that is typed is the one that is run', async () => {
  const parsed = parseQuery('target:"windows ring 3" -status:failure');
  const { rows } = await newest(bare, { ...span, query: parsed.ok ? parsed.query : join('and', []) }, null, 'r.seq, r.id, r.time', {
    rows: 500,
  });
  expect(parsed.ok && rows.map((r) => r['id'])).toEqual(
    records
      .filter((r) => r.fields.targets.includes('Windows ring 3') && r.fields.result === 'Success')
      .toSorted((a, b) => (a.time < b.time ? 1 : -1))
      .map((r) => r.id),
  );
});
