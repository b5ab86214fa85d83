import { hiddenSigns, inertText } from '@weir/contract';

/**
 * A spreadsheet runs a cell that begins with one of these as a formula; a leading apostrophe makes it text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export const safeCell = (value: string): string => (/^[\s]*[=+\-@\t\r＝＋－＠]/.test(value) || /^[\t\r]/.test(value) ? `'${value}` : value);

/** One cell of RFC 4180: quoted where it must be, never a formula, nothing hidden. */
export function csvCell(value: string): string {
  // Most cells: they begin with a letter or digit and hold nothing that needs a second look.
  if (/^[A-Za-z0-9][ !#-+\--~]*$/.test(value)) return value;
  const safe = safeCell(inertText(value));
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** JSON in which hidden signs are escaped: the same value, but nothing of it acts in a terminal or an editor. */
export const inertJson = (value: unknown): string => inertText(JSON.stringify(value));

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
/** Text for HTML: escaped, and hidden signs shown as what they are. */
export const html = (text: string): string =>
  text
    .replaceAll(/[&<>"']/g, (c) => entities[c]!)
    .replaceAll(hiddenSigns, (c) => `<span class="hidden">U+${c.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}</span>`);
