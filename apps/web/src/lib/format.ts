const locale = typeof navigator === 'undefined' ? 'en-US' : navigator.language;
/** The reader's own time zone, or UTC. */
export type Zone = 'local' | 'utc';
const date = { year: 'numeric', month: 'short', day: 'numeric' } as const;
const clock = { ...date, hour: '2-digit', minute: '2-digit', second: '2-digit' } as const;
const inUtc = { timeZone: 'UTC' } as const;
const times = { local: new Intl.DateTimeFormat(locale, clock), utc: new Intl.DateTimeFormat(locale, { ...clock, ...inUtc }) };
const named = {
  local: new Intl.DateTimeFormat(locale, { ...clock, timeZoneName: 'short' }),
  utc: new Intl.DateTimeFormat(locale, { ...clock, ...inUtc, timeZoneName: 'short' }),
};
const days = { local: new Intl.DateTimeFormat(locale, date), utc: new Intl.DateTimeFormat(locale, { ...date, ...inUtc }) };
const whole = new Intl.NumberFormat(locale);

/** Time to the second without its zone, where a heading names it: `Nov 21, 2026, 04:37:11 AM`. */
export function formatBare(iso: string, zone: Zone): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : times[zone].format(at);
}
/** Time to the second with its zone: `Nov 21, 2026, 03:37:11 AM UTC`. A text that is no time is given back as it is. */
export function formatTime(iso: string, zone: Zone): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : named[zone].format(at);
}
/** Date: `Nov 21, 2026`; UTC is named. */
export function formatDay(iso: string, zone: Zone): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : `${days[zone].format(at)}${zone === 'utc' ? ' (UTC)' : ''}`;
}
/** The short name of a zone, as it is now: `UTC`, `GMT+1`, `PST`. */
export const zoneName = (zone: Zone): string =>
  zone === 'utc'
    ? 'UTC'
    : (new Intl.DateTimeFormat(locale, { timeZoneName: 'short' }).formatToParts().find((p) => p.type === 'timeZoneName')?.value ?? 'local');
/** `2026-11-21 03:37:11 UTC`; the digits after the second stay as the record has them. */
export function formatUtc(iso: string): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const fraction = /T\d\d:\d\d:\d\d(\.\d*[1-9])/.exec(iso)?.[1] ?? '';
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')}${fraction} UTC`;
}
/** `1,204` */
export const formatNumber = (value: number): string => whole.format(value);
/** `3.2 MB`; powers of 1000, as browsers show downloads. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB'];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** The value of an `<input type="datetime-local">`. */
export function toLocalInput(iso: string, zone: Zone): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  if (zone === 'utc') return at.toISOString().slice(0, 16);
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
/** The UTC time of such a value, or null when the field is empty or incomplete. */
export function fromLocalInput(value: string, zone: Zone): string | null {
  const at = new Date(zone === 'utc' ? `${value}Z` : value);
  return value === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
