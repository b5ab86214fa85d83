import type { Meter } from './meter.ts';
import { align, numbering, type Run } from './sequence.ts';

/** A piece of two texts. All but the added ones make the old text, all but the removed ones the new. */
export interface Piece {
  readonly is: 'same' | 'removed' | 'added';
  readonly text: string;
}
export interface TextDiff {
  readonly kind: 'text';
  /** How fine the comparison is: `lines` when some lines, `whole` when the texts as a whole were too much work. */
  readonly unit: 'words' | 'lines' | 'whole';
  readonly pieces: readonly Piece[];
}

/** Words of a stretch that are compared one by one; longer ones go by lines first. */
const MAX_WORDS = 3_000;
/** Characters beyond which a text is not taken apart. */
const MAX_TEXT = 4_000_000;
const word = /\s+|[\p{L}\p{N}\p{M}_]+|[^\s\p{L}\p{N}\p{M}_]/gu;
const line = /[^\n]*\n|[^\n]+/g;

/** Compares two texts word by word, or as finely as the meter allows. */
export function diffText(before: string, after: string, meter: Meter): TextDiff {
  if (before === after) return { kind: 'text', unit: 'words', pieces: join([{ is: 'same', text: after }]) };
  if (before.length > MAX_TEXT || after.length > MAX_TEXT) return { kind: 'text', unit: 'whole', pieces: replaced(before, after) };
  const small = byWords(before, after, meter);
  if (small) return { kind: 'text', unit: 'words', pieces: tidy(small) };

  const a = before.match(line) ?? [];
  const b = after.match(line) ?? [];
  const numbers = numbering();
  const { runs, complete } = align(numbers(a), numbers(b), meter);
  let unit: TextDiff['unit'] = complete ? 'words' : 'whole';
  const pieces: Piece[] = [];
  for (const part of stretches(a, b, runs)) {
    const finer = part.kind === 'changed' && complete ? byWords(part.removed, part.added, meter) : null;
    if (part.kind === 'same') pieces.push({ is: 'same', text: part.text });
    else pieces.push(...(finer ?? replaced(part.removed, part.added)));
    if (part.kind === 'changed' && !finer && unit === 'words') unit = 'lines';
  }
  return { kind: 'text', unit, pieces: tidy(pieces) };
}

function byWords(before: string, after: string, meter: Meter): Piece[] | null {
  // A word has a character at least: what is longer may still be few words, and is looked at.
  if (before === '' || after === '') return replaced(before, after);
  const a = few(before);
  const b = a && few(after);
  if (!a || !b) return null;
  const numbers = numbering();
  const { runs, complete } = align(numbers(a), numbers(b), meter);
  if (!complete) return null;
  return stretches(a, b, runs).flatMap((part) =>
    part.kind === 'same' ? [{ is: 'same', text: part.text } as const] : replaced(part.removed, part.added),
  );
}
function few(text: string): string[] | null {
  const words: string[] = [];
  for (const [found] of text.matchAll(word)) if (words.push(found) > MAX_WORDS) return null;
  return words;
}

type Stretch = { kind: 'same'; text: string } | { kind: 'changed'; removed: string; added: string };
function stretches(a: readonly string[], b: readonly string[], runs: readonly Run[]): Stretch[] {
  const list: Stretch[] = [];
  let x = 0;
  let y = 0;
  const until = (toA: number, toB: number) => {
    if (toA > x || toB > y) list.push({ kind: 'changed', removed: a.slice(x, toA).join(''), added: b.slice(y, toB).join('') });
  };
  for (const run of runs) {
    until(run.a, run.b);
    list.push({ kind: 'same', text: a.slice(run.a, run.a + run.length).join('') });
    x = run.a + run.length;
    y = run.b + run.length;
  }
  until(a.length, b.length);
  return list;
}

function replaced(before: string, after: string): Piece[] {
  return join([
    { is: 'removed', text: before },
    { is: 'added', text: after },
  ]);
}

/**
 * Folds crumbs: a stretch in common that is shorter than the changes on both sides of it (a blank between two new words, a
 * dot) only tears a change apart.
 */
function tidy(pieces: readonly Piece[]): Piece[] {
  interface Change {
    same: string;
    removed: string[];
    added: string[];
    size: [number, number];
  }
  // Each change with the stretch in common before it.
  const changes: Change[] = [];
  let same = '';
  for (const piece of pieces) {
    if (piece.is === 'same') {
      same += piece.text;
      continue;
    }
    let last = changes.at(-1);
    if (!last || same !== '') {
      last = { same, removed: [], added: [], size: [0, 0] };
      changes.push(last);
      same = '';
    }
    last[piece.is].push(piece.text);
    last.size[piece.is === 'removed' ? 0 : 1] += piece.text.length;
  }
  const kept: Change[] = [];
  for (const change of changes) {
    const before = kept.at(-1);
    const crumb =
      before !== undefined &&
      !change.same.includes('\n') &&
      change.same.length <= Math.max(...before.size) &&
      change.same.length <= Math.max(...change.size);
    if (!crumb) {
      kept.push(change);
      continue;
    }
    before.removed.push(change.same, ...change.removed);
    before.added.push(change.same, ...change.added);
    before.size[0] += change.same.length + change.size[0];
    before.size[1] += change.same.length + change.size[1];
  }
  return join([
    ...kept.flatMap((c): Piece[] => [
      { is: 'same', text: c.same },
      { is: 'removed', text: c.removed.join('') },
      { is: 'added', text: c.added.join('') },
    ]),
    { is: 'same', text: same },
  ]);
}

const join = (pieces: readonly Piece[]): Piece[] => pieces.filter((p) => p.text !== '');
