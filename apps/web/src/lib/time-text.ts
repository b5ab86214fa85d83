import type { Zone } from './format.ts';

/** A span of time as the address keeps it: counted back from now, or between two moments (ISO 8601, UTC). */
export type TimeSpan = { range: string } | { from: string; to?: string };
export type TimeText = { ok: true; span: TimeSpan } | { ok: false; message: string };

const UNITS: Record<string, [unit: string, times: number]> = {
  m: ['m', 1],
  min: ['m', 1],
  minute: ['m', 1],
  h: ['h', 1],
  hour: ['h', 1],
  d: ['d', 1],
  day: ['d', 1],
  w: ['d', 7],
  week: ['d', 7],
  month: ['d', 30],
  y: ['d', 365],
  year: ['d', 365],
};
const RELATIVE = /^(?:(?:in )?(?:the )?(?:last|past|previous) )?(\d{1,4})? ?([a-z]+?)s?(?: ago)?$/;
/** Between two moments. A hyphen counts only with space around it: dates have hyphens themselves. */
const BETWEEN = /\s+(?:to|until|till|and)\s+|\s+[-–—]\s+|\s*(?:\.\.|→|\/(?=\d{4}-))\s*/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const HELP = 'Try "last 3 days", "yesterday", "2026-11-01 to 2026-11-03", an ISO time, or seconds since 1970.';

/** A moment, or a whole day when only a date is given. Without a zone of its own it is in the reader's. */
function moment(text: string, zone: Zone): { from: Date; to?: Date } | null {
  if (/^\d{10}$/.test(text)) return { from: new Date(Number(text) * 1000) };
  if (/^\d{13}$/.test(text)) return { from: new Date(Number(text)) };
  if (DAY.test(text)) {
    const [year, month, day] = text.split('-').map(Number) as [number, number, number];
    // The 31st of February is not the 3rd of March.
    if (new Date(Date.UTC(year, month - 1, day)).getUTCDate() !== day || month > 12) return null;
    const midnight = (d: number) => (zone === 'utc' ? new Date(Date.UTC(year, month - 1, d)) : new Date(year, month - 1, d));
    return { from: midnight(day), to: midnight(day + 1) };
  }
  // Texts without a year would be guesses. A day and an hour may be apart by a space, as the portal and tickets write them.
  if (!/\d{4}/.test(text)) return null;
  const written = text.replace(/^(\d{4}-\d{2}-\d{2})[ t](\d)/i, '$1T$2').replace(/ ?(utc|gmt)$/i, 'Z');
  const zoned = /(?:z|[+-]\d{2}:?\d{2}|\b[A-Z]{2,4}T)$/i.test(written);
  const from = new Date(zone === 'utc' && !zoned ? `${written}${/^\d{4}-\d{2}-\d{2}T/.test(written) ? 'Z' : ' UTC'}` : written);
  const year = from.getFullYear();
  return year >= 1970 && year <= 9999 ? { from } : null;
}

/** Reads a span of time that was typed or pasted. Never throws; what cannot be read is answered by a sentence with examples. */
export function parseTimeText(text: string, now: Date, zone: Zone = 'local'): TimeText {
  const typed = text.trim().replaceAll(/\s+/g, ' ');
  const lower = typed.toLowerCase();
  const midnight = (days: number) =>
    (zone === 'utc'
      ? new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days))
      : new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
    ).toISOString();
  if (lower === 'today') return { ok: true, span: { from: midnight(0) } };
  if (lower === 'yesterday') return { ok: true, span: { from: midnight(-1), to: midnight(0) } };
  const relative = RELATIVE.exec(lower);
  const unit = relative && UNITS[relative[2]!];
  if (unit) {
    const n = Number(relative[1] ?? 1) * unit[1];
    if (n < 1 || n > 9999) return { ok: false, message: `Between 1 and 9,999 ${unit[0] === 'd' ? 'days' : 'of them'} can be asked for.` };
    return { ok: true, span: { range: `${n}${unit[0]}` } };
  }
  const parts = typed.split(BETWEEN);
  if (parts.length > 2) return { ok: false, message: `More than two times were found. ${HELP}` };
  const [first, second] = parts.map((part) => moment(part.replace(/^from /i, ''), zone)) as [
    ReturnType<typeof moment>,
    ReturnType<typeof moment>?,
  ];
  if (!first || second === null) return { ok: false, message: `"${(first ? parts[1]! : parts[0]!).slice(0, 60)}" is no time. ${HELP}` };
  // A day at the end is meant with its evening.
  const to = second ? (second.to ?? second.from) : first.to;
  if (to && to <= first.from) return { ok: false, message: 'The end must lie after the start.' };
  if (first.from > now) return { ok: false, message: 'The start lies in the future.' };
  return { ok: true, span: { from: first.from.toISOString(), ...(to && { to: to.toISOString() }) } };
}
