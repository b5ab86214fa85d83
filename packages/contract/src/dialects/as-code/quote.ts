type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

const unicode = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** One word of a POSIX shell, in which nothing is expanded. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/**
 * A literal string of PowerShell. It takes typographic quotes for quotes as well.
 * https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */
export const powershellString = (text: string): string => `'${text.replaceAll(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;

/**
 * A literal here-string of PowerShell, in which nothing is special but a line that begins with its end. JSON has no such line:
 * within its strings there are no line ends.
 */
export const powershellJson = (value: object): string => `@'\n${JSON.stringify(value, null, 2)}\n'@`;

/**
 * A string of HCL without templates. An escape cannot begin one, and unlike `$${` stays clear after another dollar sign.
 * https://github.com/hashicorp/hcl/blob/main/hclsyntax/spec.md#template-expressions
 */
export const hclString = (text: string): string =>
  `"${text
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll(/[$%](?=\{)/g, unicode)
    // oxlint-disable-next-line no-control-regex -- they cannot stand in a line
    .replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]/g, unicode)}"`;

/** A string of Bicep without interpolation. https://learn.microsoft.com/azure/azure-resource-manager/bicep/data-types#strings */
export const bicepString = (text: string): string =>
  `'${text
    .replaceAll(/['\\]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll('\r', '\\r')
    .replaceAll('\t', '\\t')
    .replaceAll('${', '\\${')
    // oxlint-disable-next-line no-control-regex -- they cannot stand in a line
    .replaceAll(/[\u0000-\u001f\u007f\u2028\u2029]/g, (c) => `\\u{${c.charCodeAt(0).toString(16)}}`)}'`;

/** A text of a deployment template that is no expression, though it stands in brackets. https://learn.microsoft.com/azure/azure-resource-manager/templates/template-expressions#escape-characters */
export const templateText = (text: string): string => (/^\[[^]*\]$/.test(text) ? `[${text}` : text);

/** Every text of a value, changed. */
export const mapTexts = (value: unknown, change: (text: string) => string): Json =>
  typeof value === 'string'
    ? change(value)
    : Array.isArray(value)
      ? value.map((v) => mapTexts(v, change))
      : typeof value === 'object' && value !== null
        ? Object.fromEntries(Object.entries(value).map(([k, v]) => [k, mapTexts(v, change)]))
        : (value as Json);

const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;
/** A value as an expression of HCL (`=`, `,`) or Bicep (`:`, line ends), indented by two blanks. */
export function objectText(value: unknown, language: 'hcl' | 'bicep', indent = ''): string {
  const text = language === 'hcl' ? hclString : bicepString;
  const inner = `${indent}  `;
  if (typeof value === 'string') return text(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    const items = value.map((v) => `${inner}${objectText(v, language, inner)}`);
    return `[\n${items.join(language === 'hcl' ? ',\n' : '\n')}\n${indent}]`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).filter(([, v]) => v !== undefined);
  if (entries.length === 0) return '{}';
  const lines = entries.map(([k, v]) => ({ key: IDENTIFIER.test(k) ? k : text(k), value: objectText(v, language, inner) }));
  const sign = language === 'hcl' ? ' = ' : ': ';
  return `{\n${lines.map(({ key, value }, i) => `${inner}${language === 'hcl' ? key.padEnd(widthAt(lines, i)) : key}${sign}${value}`).join('\n')}\n${indent}}`;
}
interface Line {
  readonly key: string;
  readonly value: string;
}
/** As `terraform fmt` has it: neighbours of one line each have their signs below one another. */
function widthAt(lines: readonly Line[], at: number): number {
  const short = (line: Line | undefined) => line !== undefined && !line.value.includes('\n');
  if (!short(lines[at])) return 0;
  let [first, last] = [at, at];
  while (short(lines[first - 1])) first -= 1;
  while (short(lines[last + 1])) last += 1;
  return Math.max(...lines.slice(first, last + 1).map((line) => line.key.length));
}
