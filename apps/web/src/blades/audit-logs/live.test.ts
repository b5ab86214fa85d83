import type { AuditRow, LiveLine } from '@weir/contract';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_ROWS, MAX_WAITING, initialLive, isBehind, liveReducer, liveText, merge, type LiveAction, type LiveState } from './live.ts';

const row = (seq: number, time = new Date(Date.UTC(2026, 10, 21) + seq * 1000).toISOString()): AuditRow => ({
  id: `record-${seq}`,
  seq,
  time,
  actor: null,
  application: null,
  activity: null,
  targets: [],
  category: null,
  result: null,
  targetTypes: [],
  correlationId: null,
});
const lines = (from: number, count: number): LiveLine[] =>
  Array.from({ length: count }, (_, n) => ({ kind: 'record', record: row(from + n) }));
const run = (...actions: LiveAction[]): LiveState => actions.reduce(liveReducer, initialLive);
const seqs = (rows: readonly AuditRow[]) => rows.map((r) => r.seq);
const opened: LiveAction[] = [{ do: 'start' }, { do: 'opened' }];

describe('new records', () => {
  test('stand on top, the newest of those that came together first', () => {
    const late: LiveLine = { kind: 'record', record: row(5, '2026-11-20T00:00:00.000Z') };
    const state = run(
      ...opened,
      { do: 'take', lines: [...lines(1, 2), { kind: 'beat', seq: 2 }] },
      { do: 'take', lines: [...lines(3, 2), late] },
    );
    expect(seqs(state.rows)).toEqual([4, 3, 5, 2, 1]);
    expect([state.seq, liveText(state)]).toEqual([5, 'Live']);
  });
  test('are marked for a while', () => {
    const state = run(...opened, { do: 'take', lines: lines(1, 1) }, { do: 'age' }, { do: 'take', lines: lines(2, 1) });
    expect([[...state.fresh], [...state.fading]]).toEqual([['record-2'], ['record-1']]);
    const later = [{ do: 'age' }, { do: 'age' }].reduce<LiveState>((s, a) => liveReducer(s, a as LiveAction), state);
    expect(later.fresh.size + later.fading.size).toBe(0);
  });
  test('are kept up to a bound, and those that leave are counted', () => {
    let state = run(...opened);
    for (let n = 0; n < MAX_ROWS + 300; n += 100) state = liveReducer(state, { do: 'take', lines: lines(n + 1, 100) });
    expect([state.rows.length, state.left, state.rows[0]!.seq]).toEqual([MAX_ROWS, 300, MAX_ROWS + 300]);
  });
  test('that were skipped are counted until the list is read anew', () => {
    const state = run(...opened, { do: 'take', lines: [{ kind: 'skipped', count: 450, seq: 450 }, ...lines(451, 1)] });
    expect([state.left, state.seq]).toEqual([450, 451]);
    const anew = [{ do: 'ask' } as const, { do: 'listed', ids: new Set(['record-451']), last: row(300).time } as const].reduce(
      liveReducer,
      state,
    );
    expect([anew.left, anew.rows.length]).toEqual([0, 0]);
  });
});

describe('what is read does not move', () => {
  test('paused: records wait, and are counted in words; resumed, they are shown', () => {
    const paused = run(...opened, { do: 'take', lines: lines(1, 1) }, { do: 'pause' }, { do: 'take', lines: lines(2, 37) });
    expect([seqs(paused.rows), liveText(paused)]).toEqual([[1], 'Live, paused, 37 new']);
    const resumed = liveReducer(paused, { do: 'resume' });
    expect([resumed.rows.length, resumed.waitingCount, liveText(resumed)]).toEqual([38, 0, 'Live']);
  });
  test('somebody reads: records wait until the list is back at its top, or they are asked for', () => {
    const reading = run(...opened, { do: 'read', reading: true }, { do: 'take', lines: lines(1, 3) });
    expect([reading.rows.length, reading.waitingCount]).toEqual([0, 3]);
    expect(seqs(liveReducer(reading, { do: 'read', reading: false }).rows)).toEqual([3, 2, 1]);
    const shown = liveReducer(reading, { do: 'show' });
    expect([seqs(shown.rows), shown.reading]).toEqual([[3, 2, 1], true]);
    expect(liveReducer(shown, { do: 'take', lines: lines(4, 1) }).waitingCount).toBe(1);
  });
  test('one reason to wait is enough', () => {
    const both = run(...opened, { do: 'pause' }, { do: 'read', reading: true }, { do: 'take', lines: lines(1, 3) });
    for (const first of [{ do: 'resume' }, { do: 'read', reading: false }] as const)
      expect(liveReducer(both, first)).toMatchObject({ rows: [], waitingCount: 3 });
  });
  test('when too much waits only the count goes on, and the list is what shows it', () => {
    let state = run(...opened, { do: 'pause' });
    for (let n = 0; n < MAX_WAITING + 200; n += 100) state = liveReducer(state, { do: 'take', lines: lines(n + 1, 100) });
    expect([state.waiting.length, state.waitingCount, isBehind(state)]).toEqual([0, MAX_WAITING + 200, true]);
    const resumed = liveReducer(state, { do: 'resume' });
    expect([resumed.rows.length, isBehind(resumed)]).toEqual([0, true]);
    const asked = liveReducer(resumed, { do: 'ask' });
    expect(isBehind(asked)).toBe(false);
    // What comes while the list is on its way is not lost.
    const after = [
      { do: 'take', lines: lines(5_000, 2) } as const,
      { do: 'listed', ids: new Set<string>(), last: row(900).time } as const,
    ].reduce(liveReducer, asked);
    expect(seqs(after.rows)).toEqual([5_001, 5_000]);
  });
});

test('how the stream fares, in words', () => {
  expect(liveText(initialLive)).toBe('Connecting …');
  expect(liveText(run({ do: 'start' }, { do: 'lost', reason: null }))).toBe('Reconnecting …');
  expect(liveText(run({ do: 'start' }, { do: 'pause' }, { do: 'lost', reason: 'Too many.' }))).toBe(
    'Reconnecting …, paused, 0 new. Too many.',
  );
  expect(liveText(run({ do: 'start' }, { do: 'lost', reason: 'Too many.' }, { do: 'opened' }))).toBe('Live');
  expect(liveText(run({ do: 'start' }, { do: 'failed', reason: 'You may not.' }))).toBe('Live has stopped. You may not.');
});

test('another query begins anew and keeps its place in the log', () => {
  const state = run(...opened, { do: 'pause' }, { do: 'take', lines: lines(1, 3) }, { do: 'start' });
  expect(state).toMatchObject({ connection: 'connecting', paused: true, rows: [], waitingCount: 0, seq: 3, mark: 3 });
});

test('list and stream together show each record once, and none is missing, whenever the list is read', () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('take' as const), count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 1, arbitrary: fc.constantFrom({ do: 'pause' as const }, { do: 'resume' as const }) },
    { weight: 1, arbitrary: fc.boolean().map((reading) => ({ do: 'read' as const, reading })) },
    // The list is asked for; its answer holds what the log held `later` records further on, and comes after as many more.
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refresh' as const), later: fc.nat(4), size: fc.integer({ min: 1, max: 30 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.nat(20), (steps, before) => {
      let head = before;
      let state = liveReducer({ ...initialLive, seq: before }, { do: 'start' });
      let list: AuditRow[] = [];
      let low = 0;
      const read = (size: number, snapshot: number) => {
        list = Array.from({ length: Math.min(size, snapshot) }, (_, n) => row(snapshot - n));
        low = (list.at(-1)?.seq ?? 1) - 1;
      };
      const take = (count: number) => {
        state = liveReducer(state, { do: 'take', lines: lines(head + 1, count) });
        head += count;
      };
      read(10, before);
      for (const s of steps) {
        if (s.do === 'take') take(s.count);
        else if (s.do === 'refresh') {
          state = liveReducer(state, { do: 'ask' });
          const snapshot = head + Math.floor(s.later / 2);
          if (s.later > 0) take(s.later);
          read(s.size, snapshot);
          state = liveReducer(state, { do: 'listed', ids: new Set(list.map((r) => r.id)), last: list.at(-1)?.time ?? '' });
        } else state = liveReducer(state, s);
        const shown = seqs(merge(state.rows, list, new Set(list.map((r) => r.id))));
        expect(new Set(shown).size).toBe(shown.length);
        const all = [...shown, ...seqs(state.waiting)].filter((seq) => seq > low);
        expect(new Set(all)).toEqual(new Set(Array.from({ length: head - low }, (_, n) => low + 1 + n)));
      }
    }),
  );
});
