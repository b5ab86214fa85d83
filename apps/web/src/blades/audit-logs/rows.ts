import type { AuditRow } from '@weir/contract';

/** So many different texts are kept to share; then it begins anew. */
const MOST = 20_000;
const texts = new Map<string, string>();

function shared<T extends string | null>(text: T): T {
  if (text === null) return text;
  const known = texts.get(text);
  if (known !== undefined) return known as T;
  if (texts.size >= MOST) texts.clear();
  texts.set(text, text);
  return text;
}

/**
 * Lets rows share the texts that many of them have: an answer brings each anew, and 100,000 rows would hold twice the memory, which
 * the browser stops scrolling for to tidy up. Changes the rows that it is given.
 */
export function shareTexts(rows: readonly AuditRow[]): void {
  for (const row of rows) {
    row.actor = shared(row.actor);
    row.application = shared(row.application);
    row.activity = shared(row.activity);
    row.category = shared(row.category);
    row.result = shared(row.result);
    row.targetTypes = row.targetTypes.map(shared);
  }
}

interface Page {
  readonly items: readonly AuditRow[];
}
export interface Flat {
  readonly pages: readonly Page[];
  readonly rows: readonly AuditRow[];
}
export const noRows: Flat = { pages: [], rows: [] };

/** All rows of the pages. Where pages were only added, the rows of those before are taken over as they are. */
export function flatten(before: Flat, pages: readonly Page[]): Flat {
  const { length } = before.pages;
  const goesOn = length <= pages.length && before.pages.every((page, n) => page === pages[n]);
  if (goesOn && length === pages.length) return before;
  const added = (goesOn ? pages.slice(length) : pages).map((page) => page.items);
  return { pages, rows: (goesOn ? before.rows : []).concat(...added) };
}
