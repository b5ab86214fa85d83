const shape = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/;
/** Shorter ones are as likely to be words. */
const LEAST = 12;
/** Properties that Intune holds as Base64, by the ends of their names. https://learn.microsoft.com/graph/api/resources/intune-shared-devicemanagementscript */
const names = /(script|content|payload)$/i;

/**
 * The text of a value that holds one in Base64, as scripts and payloads do; null when the property is no such one, or the
 * bytes are no text in UTF-8.
 */
export function textOfBase64(name: string, value: string | null): string | null {
  if (value === null || value.length < LEAST || !names.test(name.replace(/\[\d+\]$/, '')) || !shape.test(value)) return null;
  try {
    const bytes = Uint8Array.from(atob(value), (c) => c.charCodeAt(0));
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // Bytes that happen to be UTF-8 are no text when they are full of controls.
    return /(?![\t\n\r])\p{Cc}/u.test(text) ? null : text;
  } catch {
    return null;
  }
}
