import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL, parseQuery, type NewRecord } from '@weir/contract';
import { freePort, startPostgres, type RunningPostgres } from '@weir/postgres';
import { auditRecord } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openStore, type Store } from './index.ts';

// A PostgreSQL of this file's own, which crashes while records are appended. What it has not been asked to bring to the disk it
// keeps in memory for as long as it may, so that a crash takes it.
const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
const settings = { wal_writer_delay: '10s', wal_writer_flush_after: '100MB', wal_buffers: '64MB' };
let dir: string;
let port: number;
let postgres: RunningPostgres;
let store: Store;
const start = async () => {
  postgres = await startPostgres({ dir: join(dir, 'postgres'), port, settings });
};
/** Ends every process of it at once, as a power cut would; what was in its memory is gone. */
const crash = () => process.kill(Number(readFileSync(join(dir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT');

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'weir-append-'));
  chmodSync(dir, 0o711);
  port = await freePort();
  await start();
  await postgres.createDatabase('weir');
  store = openStore({ url: postgres.url('weir'), applicationName: 'test' });
  await store.migrate();
}, 90_000);
afterAll(async () => {
  await store?.close();
  await postgres?.stop();
  rmSync(dir, { recursive: true, force: true });
});

/** Records with a word each that no other has, as tickets are. */
const some = (from: number, count: number): NewRecord[] =>
  Array.from({ length: count }, (_, i) => {
    const record = auditRecord(from + i);
    return { ...record, fields: { ...record.fields, targets: [`Change inc${from + i}x`] } };
  });
const held = async (): Promise<Set<string>> => {
  const audit = await store.forTenant(TENANT).audit();
  const ids = new Set<string>();
  const search = { from: '1990-01-01T00:00:00Z', to: undefined, query: ALL, untilSeq: await audit.head() };
  for await (const { rows } of audit.take(search, { after: null, fields: ['id'], bodies: false })) for (const row of rows) ids.add(row[2]!);
  return ids;
};

test('PostgreSQL crashes while thousands of records are appended: what was acknowledged is there, what was not can be appended again, and all of it is found', async () => {
  let refused = 0;
  for (let round = 0; round < 8; round += 1) {
    const records = some(round * 10_000, 4_000);
    const appending = store.log.append(TENANT, records).then(
      () => true,
      () => false,
    );
    // In the middle of it, and in every fourth round the moment it is acknowledged.
    await (round % 4 === 3 ? appending : sleep(60 + round * 40));
    crash();
    const acknowledged = await appending;
    await postgres.stop();
    await start();
    const there = await held();
    if (acknowledged) expect(records.filter((r) => !there.has(r.id))).toEqual([]);
    else refused += 1;
    const { accepted, duplicates } = await store.log.append(TENANT, records);
    expect(accepted + duplicates).toBe(4_000);
    expect(duplicates).toBe(records.filter((r) => there.has(r.id)).length);
  }
  expect(refused).toBeGreaterThan(0);
  const everything = Array.from({ length: 8 }, (_, round) => some(round * 10_000, 4_000)).flat();
  expect((await held()).size).toBe(everything.length);
  const audit = await store.forTenant(TENANT).audit();
  expect(await audit.head()).toBe(everything.length);
  // A piece of a word is looked up among the words of the log: one that was lost with its batch and not written again would be missing here.
  for (let n = 0; n < everything.length; n += 500) {
    const number = Number(everything[n]!.id.slice('record-'.length));
    const parsed = parseQuery(`nc${number}x`);
    if (!parsed.ok) throw new Error('The query is no query.');
    const found: string[] = [];
    // A page may end where its time does.
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await audit.page(
        { from: '1990-01-01T00:00:00Z', to: undefined, query: parsed.query },
        { limit: 5, ...(cursor && { cursor }) },
      );
      found.push(...page.items.map((i) => i.id));
      cursor = page.nextCursor;
    }
    expect(found).toEqual([everything[n]!.id]);
  }
}, 120_000);
