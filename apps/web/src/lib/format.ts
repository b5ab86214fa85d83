const locale = typeof navigator === 'undefined' ? 'en-US' : navigator.language;
const local = new Intl.DateTimeFormat(locale, {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const day = new Intl.DateTimeFormat(locale, { year: 'numeric', month: 'short', day: 'numeric' });
const whole = new Intl.NumberFormat(locale);

/** Local time to the second: `Nov 21, 2026, 04:37:11 AM`. A text that is no time is given back as it is. */
export function formatTime(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : local.format(at);
}
/** Local date: `Nov 21, 2026`. */
export function formatDay(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : day.format(at);
}
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

/** The value of an `<input type="datetime-local">`, in the reader's time zone. */
export function toLocalInput(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return '';
  const two = (n: number) => String(n).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
}
/** The UTC time of such a value, or null when the field is empty or incomplete. */
export function fromLocalInput(value: string): string | null {
  const at = new Date(value);
  return value === '' || Number.isNaN(at.getTime()) ? null : at.toISOString();
}
