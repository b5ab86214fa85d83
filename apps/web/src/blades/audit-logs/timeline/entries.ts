import { effectOf, type CoverageGap, type TimelineItem } from '@weir/contract';

export type Entry =
  | { kind: 'day'; day: string }
  | { kind: 'point'; item: TimelineItem }
  /** Times that lie next to each other with no record between them. Newest first. */
  | { kind: 'gap'; gaps: readonly CoverageGap[] };

/**
 * Points and gaps as they follow each other, newest first, each day under its name. Gaps stand where they end. `more`: older
 * points are to come, so what lies below the last one is not shown yet.
 */
export function entriesOf(
  items: readonly TimelineItem[],
  gaps: readonly CoverageGap[],
  more: boolean,
  dayOf: (time: string) => string,
): Entry[] {
  const entries: Entry[] = [];
  let next = 0;
  let day: string | null = null;
  for (const item of items) {
    const start = next;
    while (next < gaps.length && (gaps[next]!.to === null || gaps[next]!.to! > item.time)) next += 1;
    if (next > start) entries.push({ kind: 'gap', gaps: gaps.slice(start, next) });
    const of = dayOf(item.time);
    // After a gap the day is named again: the line between would otherwise tear it apart.
    if (of !== day || next > start) entries.push({ kind: 'day', day: of });
    day = of;
    entries.push({ kind: 'point', item });
  }
  if (!more && next < gaps.length) entries.push({ kind: 'gap', gaps: gaps.slice(next) });
  return entries;
}

/** Points that change a property whose name holds the text; all of them without one. */
export const withProperty = (items: readonly TimelineItem[], property: string | undefined): readonly TimelineItem[] => {
  const wanted = property?.toLowerCase();
  return wanted === undefined
    ? items
    : items.filter((i) => i.changes.some((c) => c.left > 0 || c.properties.some((p) => p.name.toLowerCase().includes(wanted))));
};

/**
 * The two points to compare: those that were picked, the one that was against now, or else the last two changes of the object
 * itself that did not fail. Null: there is nothing to compare.
 */
export function comparedPoints(picked: readonly string[], items: readonly TimelineItem[]): [string, string] | null {
  if (picked.length >= 2) return [picked[0]!, picked[1]!];
  const changes = items.filter((i) => i.relation !== 'mention' && !['failed', 'read'].includes(effectOf(i))).map((i) => i.id);
  const [one] = picked;
  if (one === 'now') return changes[0] === undefined ? null : [changes[0], 'now'];
  if (one !== undefined) return [one, 'now'];
  return changes.length > 1 ? [changes[1]!, changes[0]!] : changes.length === 1 ? [changes[0]!, 'now'] : null;
}

/** Picks a point, or lets it go. Of two others the one that was picked first makes room. */
export const pick = (picked: readonly string[], point: string): string[] =>
  picked.includes(point) ? picked.filter((p) => p !== point) : [...picked.slice(-1), point];
