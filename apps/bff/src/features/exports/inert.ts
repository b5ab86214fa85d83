/**
 * A spreadsheet runs a cell that begins with one of these as a formula; a leading apostrophe makes it text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export const safeCell = (value: string): string => (/^[\s]*[=+\-@\t\r＝＋－＠]/.test(value) || /^[\t\r]/.test(value) ? `'${value}` : value);

/**
 * Signs that nobody sees, but that change what is seen: control characters other than tab and line ends, direction marks and
 * overrides, zero-width ones, lone halves of a pair. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const code = (sign: string): string =>
  [...Array(sign.length).keys()].map((i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** The text with hidden signs written out, as `\u202e`. */
export const visible = (text: string): string => text.replaceAll(HIDDEN, code);

/** One cell of RFC 4180: quoted where it must be, never a formula, nothing hidden. */
export function csvCell(value: string): string {
  // Most cells: they begin with a letter or digit and hold nothing that needs a second look.
  if (/^[A-Za-z0-9][ !#-+\--~]*$/.test(value)) return value;
  const safe = safeCell(visible(value));
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** JSON in which hidden signs are escaped: the same value, but nothing of it acts in a terminal or an editor. */
export const inertJson = (value: unknown): string => visible(JSON.stringify(value));

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text for HTML: escaped, and hidden signs shown as what they are. */
export const html = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (c) => entities[c]!)
    .replaceAll(HIDDEN, (c) => `<span class="hidden">U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}</span>`);
