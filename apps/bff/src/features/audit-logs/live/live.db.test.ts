import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { liveLimits, liveLine, type LiveLine } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../../test/server.ts';

/** A machine that is busy takes its time. */
const SOON = { timeout: 10_000 };
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

type Query = { q?: string; from?: string; after?: number };
/** Calls `take` with each whole line: a cut may leave half of one. */
function eachLine(answer: IncomingMessage, take: (line: LiveLine) => void): void {
  let rest = '';
  answer.on('error', () => {});
  answer.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) take(liveLine.parse(JSON.parse(line)));
  });
}
interface Stream {
  status: number;
  lines: LiveLine[];
  /** When each line came. */
  times: number[];
  ids(): string[];
  /** The sequence number to go on behind. */
  seq(): number;
  /** Resolves when the server ended the stream: true when it did so in good order. */
  ended: Promise<boolean>;
  cut(): void;
}
/** Opens a stream and gathers its lines, each checked against the contract. */
async function open(query: Query = {}, on: TestServer = server, token = on.token()): Promise<Stream> {
  const text = new URLSearchParams(Object.entries(query).map(([k, v]): [string, string] => [k, String(v)])).toString();
  const call = request(`${on.origin}/api/audit-log-live?${text}`, { headers: { authorization: `Bearer ${token}` }, agent: false });
  call.on('error', () => {});
  call.end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const lines: LiveLine[] = [];
  const times: number[] = [];
  let seq = query.after ?? 0;
  const ended = new Promise<boolean>((done) => answer.once('close', () => done(answer.complete)));
  const stream: Stream = {
    status: answer.statusCode!,
    lines,
    times,
    ids: () => lines.flatMap((l) => (l.kind === 'record' ? [l.record.id] : [])),
    seq: () => seq,
    ended,
    cut: () => call.destroy(),
  };
  if (answer.statusCode === 200) {
    eachLine(answer, (one) => {
      lines.push(one);
      times.push(performance.now());
      const at = one.kind === 'record' ? one.record.seq : one.seq;
      expect(at).toBeGreaterThanOrEqual(seq);
      seq = at;
    });
    await expect.poll(() => lines.length, SOON).toBeGreaterThan(0);
  }
  return stream;
}
let next = 0;
const some = (count: number, more: Parameters<typeof auditRecord>[1] = {}) =>
  Array.from({ length: count }, () => auditRecord((next += 1), more));
const append = (records: ReturnType<typeof some>, tenant = CONTOSO) => server.store.log.append(tenant, records);

test('a line that breaks off again and again while four write loses nothing and tells nothing twice', async () => {
  const log = await server.store.forTenant(CONTOSO).audit();
  const first = await open();
  const start = first.seq();
  first.cut();
  let writing = true;
  const writers = Promise.all(
    Array.from({ length: 4 }, async (_, w) => {
      for (let n = 0; n < 50; n += 1) {
        await append(some(1 + ((n + w) % 2)));
        await sleep(60 + ((n * 37 + w * 53) % 90));
      }
    }),
  ).finally(() => (writing = false));
  const got: number[] = [];
  let after = start;
  let cuts = 0;
  for (let round = 0; ; round += 1) {
    const last = !writing;
    const stream = await open({ after });
    if (last) await expect.poll(async () => stream.seq() === (await log.head()), { timeout: 20_000 }).toBe(true);
    else await sleep((round * 97) % 700);
    stream.cut();
    await stream.ended;
    cuts += 1;
    after = stream.seq();
    expect(stream.lines.filter((l) => l.kind === 'skipped')).toEqual([]);
    got.push(...stream.lines.flatMap((l) => (l.kind === 'record' ? [l.record.seq] : [])));
    if (last) break;
  }
  await writers;
  const head = await log.head();
  expect(cuts).toBeGreaterThan(8);
  expect(head - start).toBe(300);
  expect(got).toEqual(Array.from({ length: 300 }, (_, n) => start + 1 + n));
}, 60_000);

test('only what fits comes: the query, values that are new to the log, the start of the range, this directory', async () => {
  const [all, mine, late, recent] = await Promise.all([
    open(),
    open({ q: 'category:Category1 -"policy 1"' }),
    open({ q: 'actor:zed*' }),
    open({ from: '2026-10-01T00:00:00Z' }),
  ]);
  const old = auditRecord((next += 1), { time: '2025-03-01T00:00:00.000Z' });
  const zed = auditRecord((next += 1));
  const records = [...some(6), old, { ...zed, fields: { ...zed.fields, actor: 'Zed@contoso.example' } }];
  await append([auditRecord(1, { id: 'theirs' })], FABRIKAM);
  await append(records);
  await expect.poll(() => all.ids().length, SOON).toBe(8);
  expect(all.ids()).toEqual(records.map((r) => r.id));
  await expect.poll(() => late.ids(), SOON).toEqual([zed.id]);
  await expect.poll(() => recent.ids(), SOON).toEqual(records.filter((r) => r !== old).map((r) => r.id));
  const fits = records.filter((r) => r.fields.auditCategory === 'Category1' && !r.fields.targets[0]!.startsWith('Policy 1'));
  expect(fits.length).toBeGreaterThan(0);
  await expect.poll(() => mine.ids(), SOON).toEqual(fits.map((r) => r.id));
  for (const stream of [all, mine, late, recent]) stream.cut();
});

test('no second has more than the limit; a burst is told of at that pace, and what is beyond it is counted', async () => {
  const log = await server.store.forTenant(CONTOSO).audit();
  const stream = await open();
  const { perSecond, backlog } = liveLimits;
  await append(some(perSecond * 3));
  await expect.poll(() => stream.ids().length, { timeout: 10_000 }).toBe(perSecond * 3);
  expect(stream.lines.some((l) => l.kind === 'skipped')).toBe(false);
  const at = stream.times.filter((_, n) => stream.lines[n]!.kind === 'record');
  // Lines arrive a little later or sooner than they were sent.
  for (let n = perSecond; n < at.length; n += 1) expect(at[n]! - at[n - perSecond]!).toBeGreaterThan(800);

  const before = stream.ids().length;
  const many = backlog * 4;
  await append(some(1_000));
  await append(some(many - 1_000));
  await expect.poll(async () => stream.seq() === (await log.head()), { timeout: 30_000 }).toBe(true);
  await expect
    .poll(() => stream.ids().length - before + stream.lines.reduce((sum, l) => sum + (l.kind === 'skipped' ? l.count : 0), 0), {
      timeout: 30_000,
    })
    .toBe(many);
  expect(stream.ids().length - before).toBeLessThanOrEqual(backlog + 2 * perSecond);
  // The newest is among what is shown.
  expect(stream.ids().at(-1)).toBe(`record-${next}`);
  stream.cut();
}, 60_000);

test('a line comes although nothing fits, and says how far the stream has read', async () => {
  const stream = await open({ q: 'actor:nobody-at-all' });
  await append(some(3));
  const head = await (await server.store.forTenant(CONTOSO).audit()).head();
  await expect.poll(() => stream.lines.at(-1), { timeout: liveLimits.beatMs + 1_000 }).toEqual({ kind: 'beat', seq: head });
  expect(stream.ids()).toEqual([]);
  stream.cut();
}, 20_000);

test('who may not read audit logs gets no stream; what is asked wrongly is named', async () => {
  const call = async (query: Query | Record<string, string>, as: Parameters<TestServer['call']>[2] = {}) =>
    server.call(`/api/audit-log-live?${new URLSearchParams(query as Record<string, string>)}`, {}, as);
  // Whether a custom Intune role lets them cannot be asked here, and so nobody is let in. (Nico Marsh gets his 403 in live.spec.ts.)
  const denied = await call({}, { role: roles.security });
  expect([denied.status, denied.json()['code']]).toEqual([503, 'roles.unavailable']);
  expect((await call({}, { role: null })).status).toBe(401);
  expect((await call({ after: '-1' })).json()).toMatchObject({ code: 'request.invalid', errors: [{ path: 'after' }] });
  expect((await call({ q: 'actor:(x' })).json()).toMatchObject({ errors: [{ path: 'q', position: 6 }] });
});

test('one person has a few streams at most; one that ends makes room', async () => {
  const token = server.token({ oid: '0f8b6b0e-0000-4000-8000-0123456789ab' });
  const streams = await Promise.all(Array.from({ length: liveLimits.perPerson }, () => open({}, server, token)));
  const refused = await fetch(`${server.origin}/api/audit-log-live`, { headers: { authorization: `Bearer ${token}` } });
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({
    code: 'rate.limited',
    detail: expect.stringContaining(`${liveLimits.perPerson} live streams`),
  });
  // Somebody else is not held up.
  const other = await open();
  other.cut();
  streams[0]!.cut();
  await expect
    .poll(async () => {
      const again = await open({}, server, token);
      again.cut();
      return again.status;
    })
    .toBe(200);
  for (const stream of streams) stream.cut();
});

test('a stream ends in good order with its token', async () => {
  const stream = await open({}, server, server.token({ lifeS: 5 }));
  const [record] = some(1);
  await append([record!]);
  await expect.poll(() => stream.ids(), SOON).toEqual([record!.id]);
  expect(await stream.ended).toBe(true);
});

test('a server that stops ends its streams in good order, and at once', async () => {
  const stopping = await startServer(database.url);
  const streams = await Promise.all(Array.from({ length: 5 }, () => open({}, stopping)));
  const closed = stopping.close();
  expect(await Promise.race([Promise.all(streams.map((s) => s.ended)), sleep(3_000, 'still open')])).toEqual(streams.map(() => true));
  expect(await Promise.race([closed.then(() => 'closed'), sleep(3_000, 'still running')])).toBe('closed');
});

// The last one: it takes a while until somebody listens again.
test('an append is told of although nobody was woken: a lost wake-up is made up for', async () => {
  const stream = await open();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const listeners = await client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'weir-listen'`,
    );
    // However many streams there were: one connection listens.
    expect(listeners.rowCount).toBe(1);
    const [record] = some(1);
    await append([record!]);
    await expect.poll(() => stream.ids(), { timeout: 5_000 }).toEqual([record!.id]);
    // While nothing happens, nobody holds a connection in use.
    const busy = await client.query(
      `select 1 from pg_stat_activity where datname = current_database() and application_name = 'test' and state <> 'idle'`,
    );
    expect(busy.rows).toEqual([]);
  } finally {
    await client.end();
    stream.cut();
  }
});
