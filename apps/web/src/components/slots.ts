/**
 * Which element each row is drawn in. An element whose row went out of sight takes one that came into sight: making and throwing
 * away elements is most of what fast scrolling costs. A row that stays keeps its element, and with it the focus.
 * @param before slots of the rows that were drawn; given back when they are the same rows
 * @param ids rows to draw, from the top, each once
 */
export function assignSlots(before: ReadonlyMap<string, number>, ids: readonly string[]): ReadonlyMap<string, number> {
  if (before.size === ids.length && [...before.keys()].every((id, n) => id === ids[n])) return before;
  const staying = new Set(ids);
  const free: number[] = [];
  let next = 0;
  for (const [id, slot] of before) {
    next = Math.max(next, slot + 1);
    if (!staying.has(id)) free.push(slot);
  }
  let taken = 0;
  const slots = new Map<string, number>();
  // From the top, as the elements stand: after a jump none has to be moved in the document.
  for (const id of ids) slots.set(id, before.get(id) ?? (taken < free.length ? free[taken++]! : next++));
  return slots;
}
