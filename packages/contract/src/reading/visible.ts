/**
 * Characters that are not seen but change what is: controls, and those that turn the direction of text around, join words or
 * take no room. Joiners are not among them: scripts and emoji need them. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
const hidden =
  /(?![\t\n])[\p{Cc}\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu;

/** A text in parts: what reads as it stands, and hidden characters by their number, `U+202E`. Line ends and tabs stay. */
export function visibleParts(text: string): { text: string; hidden: boolean }[] {
  const parts: { text: string; hidden: boolean }[] = [];
  let at = 0;
  for (const match of text.matchAll(hidden)) {
    // A carriage return before a line feed is an ordinary line end.
    if (match[0] === '\r' && text[match.index + 1] === '\n') continue;
    if (match.index > at) parts.push({ text: text.slice(at, match.index), hidden: false });
    parts.push({ text: `U+${match[0].codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`, hidden: true });
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push({ text: text.slice(at), hidden: false });
  return parts;
}
/** The same as one text: `evil⟨U+202E⟩txt`. */
export const visibleText = (text: string): string =>
  visibleParts(text)
    .map((part) => (part.hidden ? `⟨${part.text}⟩` : part.text))
    .join('');
