/**
 * Signs that nobody sees, but that change what is seen: control characters other than tab and line ends, direction marks and
 * overrides, zero-width ones, lone halves of a pair. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
 */
export const hiddenSigns =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class -- such characters are what it is for
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
const code = (sign: string): string =>
  [...Array(sign.length).keys()].map((i) => `\\u${sign.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');

/** The text with hidden signs written out, as `\u202e`. */
export const inertText = (text: string): string => text.replaceAll(hiddenSigns, code);
