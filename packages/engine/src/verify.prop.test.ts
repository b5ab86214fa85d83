import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compareLines, lineKey, type Cursor, type ExpectedLine, type FoundLine } from './compare.ts';
import { concludeUnknown, Coverage, keepOpen, type Open, type VerifyFault } from './verify.ts';

/** Hands out a list in pages, as a download does. */
function paged<T>(items: readonly T[], size: number): Cursor<T> {
  let [at, end] = [0, 0];
  return {
    peek: () => (at < end ? items[at] : undefined),
    take: () => void (at += 1),
    fill: async () => {
      end = Math.min(items.length, end + size);
      return at < end;
    },
  };
}
const body = (seq: number) => Buffer.from(`record ${seq}`);
const expectedLines = (count: number, own: (seq: number) => boolean = () => true): ExpectedLine[] =>
  Array.from({ length: count }, (_, i) => ({ seq: i + 1, body: body(i + 1), own: own(i + 1) }));
function foundLines(texts: readonly (Buffer | { cut: Buffer })[]): FoundLine[] {
  let offset = 0;
  return texts.map((text) => {
    const bytes = Buffer.isBuffer(text) ? text : text.cut;
    const line = { offset, bytes, whole: Buffer.isBuffer(text) };
    offset += bytes.length + 2;
    return line;
  });
}
async function judge(expected: readonly ExpectedLine[], found: readonly FoundLine[], page = 7, range = { firstSeq: 1, lastSeq: 1e9 }) {
  const result = await compareLines(paged(expected, page), paged(found, page + 3));
  const open: Open = { missing: [], unknown: [], unnoted: [] };
  keepOpen(open, result, 'b');
  const known = new Map(expected.map((e) => [lineKey(e.body), [e.seq]]));
  const faults = concludeUnknown(open, known, range, 'c');
  return { result, faults };
}
const brief = (faults: readonly VerifyFault[]): { kind: string; seq: number | null }[] =>
  faults.flatMap((f): { kind: string; seq: number | null }[] =>
    f.firstSeq === null
      ? [{ kind: f.kind, seq: null }]
      : Array.from({ length: f.lastSeq! - f.firstSeq + 1 }, (_, i) => ({ kind: f.kind, seq: f.firstSeq! + i })),
  );
const sorted = (list: readonly object[]) => list.map((f) => JSON.stringify(f)).toSorted();

type Edit = 'drop' | 'change' | 'double' | 'insert' | 'move' | 'cut';
const edits = fc
  .array(
    fc.record({
      gap: fc.integer({ min: 3, max: 30 }),
      edit: fc.constantFrom<Edit>('drop', 'change', 'double', 'insert', 'move', 'cut'),
      far: fc.integer({ min: 1, max: 200 }),
    }),
    { maxLength: 25 },
  )
  .map((list) => {
    let seq = 0;
    return list.map(({ gap, edit, far }) => ({ seq: (seq += gap), edit, far }));
  });

test('exactly the edits are reported: dropped, changed, cut, doubled, foreign and moved lines, however they fall together', async () => {
  await fc.assert(
    fc.asyncProperty(edits, fc.integer({ min: 1, max: 40 }), async (list, page) => {
      const count = (list.at(-1)?.seq ?? 0) + 20;
      const lines: (Buffer | { cut: Buffer })[] = [];
      const expectedFaults: { kind: string; seq: number }[] = [];
      let strangers = 0;
      const later: { at: number; line: Buffer }[] = [];
      const at = new Map(list.map((e) => [e.seq, e]));
      for (let seq = 1; seq <= count; seq += 1) {
        const edit = at.get(seq);
        const stranger = Buffer.from(`stranger ${seq}`);
        switch (edit?.edit) {
          case 'drop':
            expectedFaults.push({ kind: 'missing', seq });
            break;
          case 'change':
            lines.push(stranger);
            expectedFaults.push({ kind: 'changed', seq });
            break;
          case 'cut':
            lines.push({ cut: body(seq) });
            expectedFaults.push({ kind: 'changed', seq });
            break;
          case 'double':
            lines.push(body(seq), body(seq));
            expectedFaults.push({ kind: 'doubled', seq });
            break;
          case 'insert':
            lines.push(body(seq), stranger);
            strangers += 1;
            break;
          case 'move':
            later.push({ at: seq + edit.far + 1, line: body(seq) });
            break;
          default:
            lines.push(body(seq));
        }
        // Moved lines come back behind records that nothing else was done to, or a move could not be told from a swap.
        for (const move of later.splice(0)) {
          if (move.at <= seq && !at.has(seq) && !at.has(seq + 1)) lines.push(move.line);
          else later.push(move);
        }
      }
      lines.push(...later.map((m) => m.line));
      const moved = list.filter((e) => e.edit === 'move').map((e) => e.seq);
      const { result, faults } = await judge(expectedLines(count), foundLines(lines), page);
      expect(sorted(brief(faults).filter((f) => f.seq !== null))).toEqual(sorted(expectedFaults));
      expect(brief(faults).filter((f) => f.kind === 'foreign')).toHaveLength(strangers);
      expect(result.misplaced.map((m) => m.seq).toSorted((a, b) => a - b)).toEqual(moved);
      const gone = expectedFaults.filter((f) => f.kind !== 'doubled').length;
      expect(result.matched).toBe(count - gone);
    }),
    { numRuns: 400 },
  );
});

test('whatever was done to the lines, the report is empty only if nothing was, and what it says is consistent', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 14 }), { maxLength: 30 }), async (seqs) => {
      const { result, faults } = await judge(expectedLines(10), foundLines(seqs.map(body)));
      const same = seqs.length === 10 && seqs.every((seq, i) => seq === i + 1);
      expect(faults.length === 0 && result.misplaced.length === 0).toBe(same);
      // Each record is there or is named as missing or changed; each line too many is named.
      const gone = brief(faults).filter((f) => f.kind === 'missing' || f.kind === 'changed').length;
      const extra = brief(faults).filter((f) => f.kind === 'doubled' || f.kind === 'foreign' || f.kind === 'changed').length;
      expect(result.matched + gone).toBe(10);
      expect(result.matched + extra).toBe(seqs.length);
      expect(result.matched).toBe(new Set(seqs.filter((s) => s <= 10)).size);
    }),
    { numRuns: 600 },
  );
});

test('a swap names one of the two; a run that is gone is one fault; another delivery’s lines are known and not judged', async () => {
  const swapped = expectedLines(9).map((e) => e.body);
  [swapped[3], swapped[4]] = [swapped[4]!, swapped[3]!];
  const swap = await judge(expectedLines(9), foundLines(swapped));
  expect([swap.faults, swap.result.misplaced.length, swap.result.matched]).toEqual([[], 1, 9]);
  const hole = await judge(
    expectedLines(500),
    foundLines(
      expectedLines(500)
        .filter((e) => e.seq < 100 || e.seq > 300)
        .map((e) => e.body),
    ),
  );
  expect(hole.faults).toMatchObject([{ kind: 'missing', firstSeq: 100, lastSeq: 300 }]);
  const ours = expectedLines(40, (seq) => seq % 2 === 0);
  const others = await judge(
    ours,
    foundLines(ours.filter((e) => e.seq !== 7 && e.seq !== 8).map((e) => (e.seq === 21 ? Buffer.from('x') : e.body))),
  );
  expect(others.faults).toMatchObject([{ kind: 'missing', firstSeq: 8, lastSeq: 8 }]);
});

test('beyond what can be told apart the comparison stops and says where; what it knew before stays known', async () => {
  const count = 120_000;
  const there = expectedLines(count);
  const lines = foundLines(there.map((e) => (e.seq === 5 ? Buffer.from('x') : e.seq <= 1_000 ? e.body : Buffer.from(`other ${e.seq}`))));
  const { result, faults } = await judge(there, lines, 1_000);
  expect(result.lostAfter).toBe(1_000);
  expect(faults).toMatchObject([{ kind: 'changed', firstSeq: 5 }]);
});

test('messages: gaps are what did not come, a whole message again is a repetition, anything else an overlap', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 30 }),
      fc.infiniteStream(fc.boolean()),
      (sizes, coin) => {
        const total = sizes.reduce((a, b) => a + b, 0);
        const coverage = new Coverage(11, 10 + total);
        const came = new Set<number>();
        const sent: [number, number][] = [];
        let seq = 11;
        for (const size of sizes) {
          const [first, last] = [seq, seq + size - 1];
          seq += size;
          if (coin.next().value) continue;
          expect(coverage.mark(first, last)).toEqual({ kind: 'new', fresh: size, again: [] });
          sent.push([first, last]);
          for (let s = first; s <= last; s += 1) came.add(s);
        }
        for (const [first, last] of sent) expect(coverage.mark(first, last)).toMatchObject({ kind: 'repetition', fresh: 0 });
        const gaps = [...coverage.gaps()].flatMap((g) => Array.from({ length: g.lastSeq - g.firstSeq + 1 }, (_, i) => g.firstSeq + i));
        expect(gaps).toEqual(Array.from({ length: total }, (_, i) => 11 + i).filter((s) => !came.has(s)));
      },
    ),
  );
  const coverage = new Coverage(1, 20);
  coverage.mark(1, 10);
  coverage.mark(11, 20);
  expect(coverage.mark(1, 20).kind).toBe('overlap');
  expect(coverage.mark(5, 6)).toMatchObject({ kind: 'overlap', again: [5, 6] });
  expect(coverage.mark(21, 30)).toEqual({ kind: 'new', fresh: 0, again: [] });
});
