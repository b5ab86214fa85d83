import { Binder, compile, type Log } from './compile.ts';
import { bounds, byIndex, monthsDown, type Search } from './page.ts';

const PARALLEL = 4;

/** How many records a search finds: exactly, month by month. */
export async function countFound(log: Log, search: Search & { to: string }): Promise<number> {
  const compiled = await compile(log, search.query);
  if (compiled.nothing) return 0;
  const months = monthsDown(search.from, new Date(Date.parse(search.to) - 1).toISOString());
  let total = 0;
  for (let at = 0; at < months.length; at += PARALLEL) {
    const counts = await Promise.all(
      months.slice(at, at + PARALLEL).map(async (month) => {
        const b = new Binder();
        const index = compiled.groups.length > 0 ? ` and ${byIndex(compiled, b)}` : '';
        const { rows } = await log.db.query<{ n: number }>(
          `select count(*)::bigint as n from record r where ${bounds(log, month, b)}${index} and ${compiled.where(b)}`,
          b.values,
        );
        return rows[0]!.n;
      }),
    );
    total += counts.reduce((sum, n) => sum + n, 0);
  }
  return total;
}
