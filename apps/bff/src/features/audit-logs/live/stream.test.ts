import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { ALL, liveLine, type AuditRow, type LiveLine } from '@weir/contract';
import { expect, test } from 'vitest';
import { CHUNK, type Watch } from './hub.ts';
import { streamLive } from './stream.ts';

const row = (seq: number): AuditRow => ({
  id: `record-${seq}`,
  seq,
  time: '2026-11-21T00:00:00.000Z',
  actor: null,
  application: null,
  activity: null,
  targets: [],
  category: null,
  result: null,
  targetTypes: [],
  correlationId: null,
});
/** A log of `length` records, all there; counts how often it is read. */
function logOf(length: number): Watch & { reads: number } {
  return {
    reads: 0,
    head: length,
    async grown(seq, ms, signal) {
      if (length <= seq) await sleep(ms, undefined, { signal }).catch(() => {});
    },
    async read(_query, after) {
      this.reads += 1;
      const lastSeq = Math.min(length, after + CHUNK);
      return { rows: Array.from({ length: lastSeq - after }, (_, n) => row(after + 1 + n)), lastSeq };
    },
    stop() {},
  };
}

test('a client that takes nothing is waited for: nothing more is read until it does, and then it learns of every record', async () => {
  const total = 20_000;
  const lines: LiveLine[] = [];
  let taken: (() => void) | null = null;
  let stuck = false;
  const client = new Writable({
    highWaterMark: 16,
    decodeStrings: false,
    write(text: string, _encoding, done) {
      for (const line of text.trim().split('\n')) lines.push(liveLine.parse(JSON.parse(line)));
      if (stuck) taken = done;
      else setImmediate(done);
    },
  });
  const log = logOf(total);
  const stop = new AbortController();
  stuck = true;
  const streaming = streamLive(log, { query: ALL, from: undefined, after: 0 }, client, stop.signal, 60_000);
  await sleep(300);
  expect([log.reads, lines]).toEqual([0, [{ kind: 'beat', seq: 0 }]]);
  stuck = false;
  taken!();
  const told = () => lines.reduce((sum, l) => sum + (l.kind === 'record' ? 1 : l.kind === 'skipped' ? l.count : 0), 0);
  await expect.poll(told, { timeout: 10_000 }).toBe(total);
  // Each line goes on where the one before ended: what is sent and what is left out are the whole log.
  let at = 0;
  for (const line of lines) {
    if (line.kind === 'record') expect(line.record.seq).toBe((at += 1));
    else if (line.kind === 'skipped') expect(line.seq).toBe((at += line.count));
  }
  stop.abort();
  await streaming;
});

test('a stream ends when its time is over, also while records wait', async () => {
  const client = new Writable({ write: (_chunk, _encoding, done) => done() });
  const started = performance.now();
  await streamLive(logOf(400), { query: ALL, from: undefined, after: 0 }, client, new AbortController().signal, 300);
  expect(performance.now() - started).toBeLessThan(1_500);
  expect(client.destroyed).toBe(false);
});
