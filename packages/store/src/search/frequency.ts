import type { Queryable } from '../database.ts';

const KEPT_MS = 5 * 60_000;
/** Shares of the records: a token that fewer have finds them by itself, one that more have hardly narrows that. */
export const RARE = 0.002;
/** Reading the entries of such a token costs more than walking past the records that do not have it. */
const USELESS = 0.15;
/** What reading a row costs, in entries of the index; measured 10 to 20. */
const ROW_TO_ENTRY = 10;

/** How frequent tokens are, as PostgreSQL's own statistics know it. Tokens that are not named are rare. */
export class TokenFrequency {
  readonly #db: Queryable;
  #known: { at: number; of: Promise<ReadonlyMap<number, number>> } | null = null;
  constructor(db: Queryable) {
    this.#db = db;
  }

  /** Shares by token. Asked for anew every few minutes; without statistics, or when they cannot be had, it is empty. */
  get(): Promise<ReadonlyMap<number, number>> {
    if (this.#known && Date.now() - this.#known.at < KEPT_MS) return this.#known.of;
    const of = this.#read().catch(() => new Map<number, number>());
    this.#known = { at: Date.now(), of };
    return of;
  }

  async #read(): Promise<ReadonlyMap<number, number>> {
    // The newest month with statistics: what is common changes slowly, and a mistake costs time only.
    const { rows } = await this.#db.query<{ tokens: number[]; shares: number[] }>(
      `select most_common_elems::text::int[] as tokens, most_common_elem_freqs as shares from pg_stats
      where schemaname = current_schema() and tablename like 'record\\_2%' and attname = 'tokens' and most_common_elems is not null
      order by tablename desc limit 1`,
    );
    const row = rows[0];
    // Behind the shares of the tokens stand their least, their greatest, and that of nulls.
    return new Map(row ? row.tokens.map((token, n) => [token, row.shares[n] ?? 0]) : []);
  }
}

const shareOf = (group: readonly number[], shares: ReadonlyMap<number, number>): number =>
  Math.min(
    1,
    group.reduce((sum, token) => sum + (shares.get(token) ?? 0), 0),
  );

/**
 * The groups that an index is asked for; none when even the rarest is common: walking finds that sooner. Looking up an entry of a
 * group costs a tenth or less of reading a row that it would have left out, so what is worth it depends on how many rows the rarest leaves.
 */
export function helpful(groups: readonly (readonly number[])[], shares: ReadonlyMap<number, number>): readonly (readonly number[])[] {
  const least = Math.min(...groups.map((g) => shareOf(g, shares)));
  if (least > USELESS) return [];
  return groups.filter((g) => {
    const share = shareOf(g, shares);
    return share === least || share < ROW_TO_ENTRY * Math.max(least, RARE) * (1 - share);
  });
}

/**
 * About which share of the records an index leads to: that of the rarest group; 0 when it is too rare for the statistics, 1
 * while there are none.
 */
export const leastShare = (groups: readonly (readonly number[])[], shares: ReadonlyMap<number, number>): number =>
  shares.size === 0 ? 1 : Math.min(1, ...groups.map((g) => shareOf(g, shares)));

/** More tokens than so many may be rare one by one and common together. */
const LONE = 4;
/** Whether an index leads to so few records that a whole log of years can be asked at once: a token that no statistics name. */
export const isLone = (groups: readonly (readonly number[])[], shares: ReadonlyMap<number, number>): boolean =>
  shares.size > 0 && groups.some((g) => g.length > 0 && g.length <= LONE && shareOf(g, shares) === 0);
