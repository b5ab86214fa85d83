import type { Random } from './random.ts';

const DAY_MS = 86_400_000;
/** Share of a day's work by hour, UTC: a European office, with helpers elsewhere keeping a little going. */
const hours = [1, 1, 1, 1, 2, 4, 18, 60, 92, 100, 96, 78, 58, 84, 92, 80, 52, 26, 12, 8, 6, 4, 2, 1];
const sumOfHours = hours.reduce((a, b) => a + b, 0);
/** Days on which nearly nobody works, month and day. */
const holidays = new Set(['01-01', '01-06', '05-01', '12-24', '12-25', '12-26', '12-31']);

/** How busy a day is; an ordinary weekday counts 1. */
export function weightOf(day: Date): number {
  if (holidays.has(day.toISOString().slice(5, 10))) return 0.04;
  const weekday = day.getUTCDay();
  if (weekday === 0) return 0.04;
  if (weekday === 6) return 0.07;
  const summer = day.getUTCMonth() === 6 || day.getUTCMonth() === 7 ? 0.75 : 1;
  return summer * (weekday === 2 ? 1.15 : weekday === 5 ? 0.8 : 1);
}

/** Milliseconds into the day, mostly in office hours. */
export function timeOfDay(random: Random): number {
  let left = random.next() * sumOfHours;
  const hour = Math.max(
    0,
    hours.findIndex((share) => (left -= share) < 0),
  );
  return hour * 3_600_000 + Math.floor(random.next() * 3_600_000);
}

/** Shares `count` among the days from `from` to `to`, exactly. Each span lies inside both its day and the range. */
export function* daysOf(from: Date, to: Date, count: number): Generator<{ start: number; end: number; count: number }> {
  const spans: { start: number; end: number; weight: number }[] = [];
  for (let day = Math.floor(from.getTime() / DAY_MS) * DAY_MS; day < to.getTime(); day += DAY_MS) {
    const start = Math.max(day, from.getTime());
    const end = Math.min(day + DAY_MS, to.getTime());
    spans.push({ start, end, weight: (weightOf(new Date(day)) * (end - start)) / DAY_MS });
  }
  const total = spans.reduce((sum, s) => sum + s.weight, 0);
  let seen = 0;
  let given = 0;
  for (const { start, end, weight } of spans) {
    seen += weight;
    const due = end === spans.at(-1)!.end ? count : Math.round((seen / total) * count);
    yield { start, end, count: due - given };
    given = due;
  }
}
