import type { CoverageGap } from '@weir/contract';
import type { ReadSpans } from '../../ports.ts';

/** Live windows reach up to a moment ago; only what is older than this counts as behind. */
const BEHIND_MS = 15 * 60_000;
/** Gaps that an answer holds: more of them are one story, and the oldest swallow the rest. */
const MAX_GAPS = 100;

/**
 * Times from which no records were read, newest first. Without any source everything is such a time: records that were
 * imported say nothing of what is missing.
 */
export function gapsOf(read: ReadSpans, now: Date): CoverageGap[] {
  const { spans, open } = read;
  if (spans.length === 0)
    return [
      {
        from: null,
        to: null,
        reason:
          open.length > 0 ? 'No source has been read yet.' : 'No source is read; records that are not in an imported file are missing.',
      },
    ];
  const why = (from: string, to: string): string => {
    const windows = open.filter((w) => w.from < to && w.to > from);
    const failing = windows.find((w) => w.error !== null);
    if (failing) return `Reading this time failed: ${failing.error!.replace(/[.\s]+$/, '')}.`;
    return windows.length > 0 ? 'This time is still to be read.' : 'No source has read this time.';
  };
  const gaps: CoverageGap[] = [];
  const end = spans.at(-1)!.to;
  if (now.getTime() - Date.parse(end) > BEHIND_MS) gaps.push({ from: end, to: null, reason: why(end, now.toISOString()) });
  for (let i = spans.length - 1; i > 0; i -= 1) {
    const [from, to] = [spans[i - 1]!.to, spans[i]!.from];
    gaps.push({ from, to, reason: why(from, to) });
  }
  const first = spans[0]!.from;
  if (gaps.length >= MAX_GAPS) {
    const kept = gaps.slice(0, MAX_GAPS - 1);
    return [...kept, { from: null, to: kept.at(-1)!.from, reason: 'There are many times before this that no source has read.' }];
  }
  return [...gaps, { from: null, to: first, reason: 'No source has read what lies before.' }];
}
