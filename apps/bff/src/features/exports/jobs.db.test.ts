import { fork } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { inertText, type AuditRow, type ExportJob } from '@weir/contract';
import { auditRecord, testDatabase } from '@weir/testkit';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cells } from '../../../test/csv.ts';
import { ownRecords } from '../../../test/own-records.ts';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../../test/server.ts';
import { safeCell } from './inert.ts';

const COUNT = 30_000;
const from = '2026-09-01T00:00:00.000Z';
const base = '/api/audit-exports';
const evil = ['=cmd|x', '<img src=x onerror=alert(1)>', '\u202eexe.gpj', 'a"b,c\r\nd', "'@", '\u001b[31m', 'Ünï 😀'];
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let db: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, { exports: { leaseMs: 1_500, pollMs: 50 } });
  db = new pg.Client({ connectionString: database.url });
  await db.connect();
  for (let at = 0; at < COUNT; at += 5_000)
    await server.store.log.append(
      CONTOSO,
      Array.from({ length: 5_000 }, (_, i) => {
        const record = auditRecord(at + i, { time: new Date(Date.UTC(2026, 8, 20) + (at + i) * 100_000).toISOString() });
        const sign = evil[(at + i) % 40];
        return sign ? { ...record, fields: { ...record.fields, actor: sign, targets: [sign, `${sign}2`] } } : record;
      }),
    );
}, 120_000);
afterAll(async () => {
  await db?.end();
  await server?.close();
  await database?.drop();
});

/** One person, over HTTP. */
function person(tenantId = CONTOSO, at = server, oid: string = randomUUID()) {
  const headers = { authorization: `Bearer ${at.token({ tenantId, oid })}` };
  const call = (path: string, method = 'GET', body?: object) =>
    at.call(path, { method, headers, ...(body && { body: JSON.stringify(body) }) }, { role: null });
  const until = async (id: string, state: ExportJob['state']): Promise<ExportJob> => {
    let job = (await call(`${base}/${id}`)).json<ExportJob>();
    for (const end = Date.now() + 25_000; job.state !== state && Date.now() < end; await sleep(30))
      job = (await call(`${base}/${id}`)).json<ExportJob>();
    expect(job.state).toBe(state);
    return job;
  };
  return {
    oid,
    headers,
    call,
    until,
    create: async (more: object = {}) => (await call(base, 'POST', { format: 'csv', filter: { from }, ...more })).json<ExportJob>(),
    done: async (more: object = {}): Promise<ExportJob> => {
      const answer = await call(base, 'POST', { format: 'csv', filter: { from }, ...more });
      expect(answer.status).toBe(201);
      return until(answer.json<ExportJob>().id, 'done');
    },
    streamed: async (more: object = {}) =>
      (await call('/api/audit-logs/export', 'POST', { format: 'csv', filter: { from }, ...more })).text,
  };
}
type Person = ReturnType<typeof person>;
/** A GET whose body is taken as bytes; `stopAfter` breaks the connection off. */
async function get(path: string, headers: Record<string, string> = {}, stopAfter = Number.POSITIVE_INFINITY) {
  const call = request(`${server.origin}${path}`, { headers });
  call.end();
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    parts.push(part);
    bytes += part.length;
    if (bytes >= stopAfter) break;
  }
  answer.destroy();
  return { status: answer.statusCode!, headers: answer.headers, body: Buffer.concat(parts) };
}
const sha256 = (data: Buffer | string) => createHash('sha256').update(data).digest('hex');
const pieces = async (id: string) => Number((await db.query('select count(*) as n from export_piece where job_id = $1', [id])).rows[0].n);

test('a job makes the file that a stream would send, says its digest, and leaves a record', async () => {
  const maya = person();
  for (const more of [
    { columns: ['date', 'actor', 'target', 'id'], bom: true },
    { format: 'json', columns: 'everything' },
    { format: 'ndjson' },
  ]) {
    const job = await maya.done(more);
    const file = await get(`${base}/${job.id}/file`, maya.headers);
    expect(file.status).toBe(200);
    expect([job.rows, job.bytes, job.sha256]).toEqual([COUNT, file.body.length, sha256(file.body)]);
    // fetch leaves the byte order mark out.
    expect(file.body.toString().replace(/^\uFEFF/, '')).toBe(await maya.streamed(more));
    expect(file.body.subarray(0, 3).equals(Buffer.from('\uFEFF'))).toBe('bom' in more);
    expect(file.headers).toMatchObject({ etag: `"${job.sha256}"`, 'content-length': String(job.bytes), 'accept-ranges': 'bytes' });
    expect(String(file.headers['content-disposition'])).toBe(`attachment; filename="${job.fileName}"`);
    const [made, taken] = (await ownRecords(server, CONTOSO)).filter((r) => r.properties['Export'] === job.id);
    expect(made).toMatchObject({
      operationName: 'Export auditLogs',
      properties: { Rows: COUNT, Sha256: job.sha256, Complete: true, Actor: { ObjectId: maya.oid }, Filter: { From: from } },
    });
    expect(taken).toMatchObject({ operationName: 'Download auditLogs export', properties: { Sha256: job.sha256 } });
  }
  expect((await maya.call(base)).json<{ items: ExportJob[] }>().items).toHaveLength(3);
});

test('for any filter the file holds what the list shows, row for row', async () => {
  const maya = person();
  const term = fc.constantFrom(
    'category:Category1',
    'activity:"Patch Policy3"',
    'actor:admin2*',
    '-actor:admin1@contoso.example',
    '(category:Category0 or activity:*Policy5)',
    'status:Success',
    'target:"Policy 29*"',
    '"policy 123"',
    'time>=2026-10-01',
    'actor:nobody',
    '"img src"',
    '😀',
  );
  const day = fc.integer({ min: 0, max: 40 }).map((d) => new Date(Date.UTC(2026, 8, 10 + d)).toISOString());
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(term, { maxLength: 3 }), fc.option(day), fc.option(day), async (terms, a, b) => {
      const [start, to] = [a ?? from, b ?? '2026-12-01T00:00:00.000Z'].toSorted();
      if (start === to) return;
      const filter = { from: start!, to: to!, q: terms.join(' ') };
      const listed: AuditRow[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const query = new URLSearchParams({ ...filter, limit: '500', ...(cursor && { cursor }) });
        const page: { items: AuditRow[]; nextCursor: string | null } = (await maya.call(`/api/audit-logs?${query}`)).json();
        listed.push(...page.items);
        cursor = listed.length > 4_000 ? null : page.nextCursor;
      }
      const text = (
        await server.call('/api/audit-logs/export', {
          method: 'POST',
          body: JSON.stringify({ format: 'csv', columns: ['date', 'actor', 'target', 'id'], filter }),
        })
      ).text;
      const [, ...rows] = cells(text);
      if (listed.length <= 4_000) expect(rows).toHaveLength(listed.length);
      const cell = (value: string | null) => (value === null ? '' : safeCell(inertText(value)));
      for (const [i, r] of listed.entries()) {
        const targets = r.targets.length < 2 ? cell(r.targets[0] ?? null) : safeCell(inertText(r.targets.map(safeCell).join('; ')));
        expect(rows[i]).toEqual([r.time, cell(r.actor), targets, cell(r.id)]);
      }
    }),
    { numRuns: 25 },
  );
}, 120_000);

test('any part of the file can be had, and a download that broke off goes on byte for byte', async () => {
  const maya = person();
  const job = await maya.done({ columns: 'everything' });
  const path = `${base}/${job.id}/file`;
  const whole = (await get(path, maya.headers)).body;
  expect(await pieces(job.id)).toBeGreaterThan(3);
  const part = (range: string, more: Record<string, string> = {}) => get(path, { ...maya.headers, range, ...more });
  await fc.assert(
    fc.asyncProperty(fc.nat(job.bytes - 1), fc.nat(job.bytes + 10), async (x, y) => {
      const [start, end] = [Math.min(x, y), Math.max(x, y)];
      const answer = await part(`bytes=${start}-${end}`);
      expect(answer.status).toBe(206);
      expect(answer.headers['content-range']).toBe(`bytes ${start}-${Math.min(end, job.bytes - 1)}/${job.bytes}`);
      expect(answer.body.equals(whole.subarray(start, end + 1))).toBe(true);
    }),
    { numRuns: 20 },
  );
  expect((await part('bytes=-10')).body.equals(whole.subarray(-10))).toBe(true);
  for (const range of [`bytes=${job.bytes}-`, 'bytes=-0']) {
    const none = await part(range);
    expect([none.status, none.headers['content-range']]).toEqual([416, `bytes */${job.bytes}`]);
  }
  // What is no range of this file is answered by the whole file, as RFC 9110 has it.
  for (const [range, more] of [
    ['bytes=5-', { 'if-range': '"another"' }],
    ['bytes=9-5', {}],
    ['lines=1-2', {}],
    ['bytes=0-1,4-5', {}],
  ] as const) {
    const all = await part(range, more);
    expect([all.status, all.body.length]).toEqual([200, job.bytes]);
  }
  const begun = await get(path, maya.headers, 1_500_000);
  const rest = await part(`bytes=${begun.body.length}-`, { 'if-range': String(begun.headers['etag']) });
  expect(sha256(Buffer.concat([begun.body, rest.body]))).toBe(job.sha256);
}, 60_000);

test('a ticket is good for one download within a minute, which may go on when it broke off', async () => {
  const maya = person();
  const job = await maya.done({ columns: 'everything' });
  const ticket = async () => (await maya.call(`${base}/${job.id}/ticket`, 'POST')).json<{ url: string }>().url;
  const first = await ticket();
  expect((await get(first, { range: 'bytes=5-' })).status).toBe(403);
  expect(sha256((await get(first)).body)).toBe(job.sha256);
  for (const headers of [{}, { range: 'bytes=5-' }] as Record<string, string>[]) expect((await get(first, headers)).status).toBe(403);

  const broken = await ticket();
  const begun = await get(broken, {}, 1_200_000);
  // The server notices a moment later that the client is gone.
  await expect
    .poll(async () => (await db.query('select in_use from export_ticket where sent > 0 and not done')).rows[0]?.in_use)
    .toBe(false);
  expect((await get(broken)).status).toBe(403);
  const rest = await get(broken, { range: `bytes=${begun.body.length}-`, 'if-range': String(begun.headers['etag']) });
  expect([rest.status, sha256(Buffer.concat([begun.body, rest.body]))]).toEqual([206, job.sha256]);
  expect((await get(broken, { range: `bytes=${begun.body.length}-` })).status).toBe(403);

  const late = await ticket();
  await db.query(`update export_ticket set expires_at = now() - interval '1 second' where sent = 0`);
  expect((await get(late)).status).toBe(403);
  expect((await get('/api/audit-export-download?ticket=x')).status).toBe(400);
  const [kept] = (await db.query('select hash, job_id from export_ticket limit 1')).rows as { hash: Buffer }[];
  expect(kept!.hash).toHaveLength(32);
});

test('nobody else, in this directory or another, sees, takes, stops or deletes a job', async () => {
  const maya = person();
  const job = await maya.done();
  const others: Person[] = [person(), person(FABRIKAM), person(FABRIKAM, server, maya.oid)];
  for (const other of others) {
    const answers = [
      await other.call(`${base}/${job.id}`),
      await other.call(`${base}/${job.id}/file`),
      await other.call(`${base}/${job.id}/ticket`, 'POST'),
      await other.call(`${base}/${job.id}/cancel`, 'POST'),
      await other.call(`${base}/${job.id}`, 'DELETE'),
      await other.call(`${base}/${randomUUID()}`),
    ];
    expect(answers.map((a) => [a.status, a.json()['code'], a.json()['detail']])).toEqual(
      answers.map(() => [404, 'not.found', 'You have no export of this id.']),
    );
    expect((await other.call(base)).json()).toEqual({ items: [] });
  }
  expect((await maya.call(`${base}/${job.id}`, 'DELETE')).status).toBe(204);
  expect([await pieces(job.id), (await maya.call(`${base}/${job.id}`)).status]).toEqual([0, 404]);
});

test('a job that is cancelled leaves nothing behind but its record; one that expired says so', async () => {
  const maya = person();
  const job = await maya.create({ columns: 'everything' });
  await expect.poll(() => pieces(job.id), { interval: 10, timeout: 20_000 }).toBeGreaterThan(0);
  expect((await maya.call(`${base}/${job.id}/cancel`, 'POST')).json<ExportJob>().state).toBe('cancelled');
  await sleep(300);
  expect([await pieces(job.id), (await maya.until(job.id, 'cancelled')).sha256]).toEqual([0, null]);
  const told = (await ownRecords(server, CONTOSO)).filter((r) => r.properties['Export'] === job.id);
  expect(told.map((r) => [r.properties['State'], r.properties['Complete']])).toEqual([['cancelled', false]]);
  expect((await maya.call(`${base}/${job.id}/file`)).json()['code']).toBe('export.gone');

  const old = await maya.done();
  await db.query(`update export_job set expires_at = now() - interval '1 second' where id = $1`, [old.id]);
  expect(await server.store.exportQueue.sweep()).toBe(1);
  expect([await pieces(old.id), (await maya.until(old.id, 'expired')).sha256]).toEqual([0, old.sha256]);
  const gone = await maya.call(`${base}/${old.id}/file`);
  expect([gone.status, gone.json()['code']]).toEqual([410, 'export.gone']);
});

test('a job whose process was killed is gone on with by another, to the very same file', async () => {
  const own = await testDatabase();
  const oid = randomUUID();
  const child = fork(new URL('../../../test/export-child.ts', import.meta.url), [own.url, oid], {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const [{ origin, token }] = (await once(child, 'message')) as [{ origin: string; token: string }];
  const client = new pg.Client({ connectionString: own.url });
  await client.connect();
  let second: TestServer | null = null;
  try {
    const { openStore } = await import('@weir/store');
    const store = openStore({ url: own.url, applicationName: 'seed' });
    for (let at = 0; at < 20_000; at += 5_000)
      await store.log.append(
        CONTOSO,
        Array.from({ length: 5_000 }, (_, i) => auditRecord(at + i, { bytes: 1_500 })),
      );
    await store.close();
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body = JSON.stringify({ format: 'json', columns: 'everything', filter: { from } });
    const job = (await (await fetch(`${origin}${base}`, { method: 'POST', headers, body })).json()) as ExportJob;
    const written = async () => Number((await client.query('select count(*) as n from export_piece')).rows[0].n);
    await expect.poll(written, { interval: 5, timeout: 10_000 }).toBeGreaterThan(1);
    child.kill('SIGKILL');
    await once(child, 'exit');
    const before = await written();
    expect((await client.query('select state from export_job')).rows[0].state).toBe('running');
    // Appended meanwhile: not part of what was asked for.
    second = await startServer(own.url, { exports: { leaseMs: 1_500, pollMs: 50 } });
    await second.store.log.append(CONTOSO, [auditRecord(50_000, { time: '2026-10-01T00:00:00.000Z' })]);
    const maya = person(CONTOSO, second, oid);
    const done = await maya.until(job.id, 'done');
    expect(done.rows).toBe(20_000);
    const { attempts, pieces: all } = (await client.query('select attempts, pieces from export_job')).rows[0];
    expect([attempts, all > before]).toEqual([2, true]);
    const file = (await maya.call(`${base}/${job.id}/file`)).text;
    expect(sha256(file)).toBe(done.sha256);
    const ids = (JSON.parse(file) as { id: string }[]).map((r) => r.id);
    expect(ids).toEqual(Array.from({ length: 20_000 }, (_, i) => `record-${19_999 - i}`));
  } finally {
    child.kill('SIGKILL');
    await client.end();
    await second?.close();
    await own.drop();
  }
}, 90_000);

test('a server that stops gives its jobs back, and the next one ends them', async () => {
  const own = await testDatabase();
  const oid = randomUUID();
  const first = await startServer(own.url, { exports: { pollMs: 50 } });
  await first.store.log.append(
    CONTOSO,
    Array.from({ length: 8_000 }, (_, i) => auditRecord(i, { bytes: 1_500 })),
  );
  const job = await person(CONTOSO, first, oid).create({ format: 'ndjson' });
  await first.close();
  const second = await startServer(own.url, { exports: { pollMs: 50 } });
  const done = await person(CONTOSO, second, oid).until(job.id, 'done');
  expect(done.rows).toBe(8_000);
  await second.close();
  await own.drop();
});

test('limits are told with what to do: jobs at a time, room for files, a file that is not ready', async () => {
  const small = await startServer(database.url, { exports: { atOnce: 0 } });
  const waits = await startServer(database.url, { exports: { tenantBytes: 1_000, pollMs: 50 } });
  await server.close();
  try {
    const omar = person(CONTOSO, waits);
    const failed = await omar.until((await omar.create()).id, 'failed');
    expect(failed.error).toMatch(/which is the limit\. Delete some under My exports/);
    expect(await pieces(failed.id)).toBe(0);
    await waits.close();
    const maya = person(CONTOSO, small);
    const jobs = await Promise.all(Array.from({ length: 7 }, () => maya.call(base, 'POST', { format: 'csv', filter: { from } })));
    expect(jobs.map((j) => j.status).toSorted((a, b) => a - b)).toEqual([201, 201, 201, 201, 201, 409, 409]);
    expect(jobs.find((j) => j.status === 409)!.json()['code']).toBe('export.limit');
    const waiting = jobs.find((j) => j.status === 201)!.json<ExportJob>();
    expect((await maya.call(`${base}/${waiting.id}/file`)).json()['code']).toBe('export.not.ready');
  } finally {
    await small.close();
    server = await startServer(database.url, { exports: { leaseMs: 1_500, pollMs: 50 } });
  }
}, 60_000);

test('the plan says how many records there are and which way is best', async () => {
  const plan = async (more: object) => (await person().call(`${base}/plan`, 'POST', { format: 'csv', filter: { from }, ...more })).json();
  expect(await plan({})).toMatchObject({ rows: COUNT, exact: true, how: 'stream' });
  expect(await plan({ columns: 'everything' })).toMatchObject({ rows: COUNT, how: 'job' });
  expect(await plan({ format: 'pack' })).toMatchObject({ rows: COUNT, how: 'too-many' });
  expect(await plan({ format: 'pack', filter: { from, q: 'id:record-123' } })).toMatchObject({ rows: 1, how: 'stream' });
  const refused = await person().call(base, 'POST', { format: 'pack', filter: { from } });
  expect([refused.status, refused.json()['code']]).toEqual([409, 'export.too.many']);
});

test.each([
  [{ format: 'xml', filter: {} }, 'format'],
  [{ format: 'csv', filter: {}, columns: [] }, 'columns'],
  [{ format: 'csv', filter: {}, columns: ['date', 'date'] }, 'columns'],
  [{ format: 'csv', filter: {}, columns: ['password'] }, 'columns'],
  [{ format: 'csv', filter: {}, columns: 'records' }, 'columns'],
  [{ format: 'json', filter: {}, bom: true }, 'bom'],
  [{ format: 'pack', filter: {}, columns: ['date'] }, 'columns'],
  [{ format: 'csv', filter: { q: '(' } }, 'q'],
])('%o is refused, and the field is named', async (body, field) => {
  for (const path of ['/api/audit-logs/export', base, `${base}/plan`]) {
    const answer = await person().call(path, 'POST', body);
    expect(answer.status).toBe(400);
    expect(answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path.split('.')[0])).toContain(field);
  }
});
