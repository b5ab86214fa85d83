import { readFileSync } from 'node:fs';
import { destinationTypes, secretFields, settingInput, settingName, type DestinationType, type SettingInput } from '@weir/contract';
import { fileOf, INTUNE_NAMESPACE } from '@weir/contract/dialects';
import { parse as parseYaml, stringify, YAMLParseError } from 'yaml';

/** What is wrong with a file, for the person at the terminal. */
export class FileRefused extends Error {}

/** Where a secret comes from: a variable of the environment. The secret itself never stands in a file. */
export interface SecretReference {
  readonly type: DestinationType;
  readonly field: string;
  readonly env: string;
}
export interface FileSetting {
  readonly name: string;
  /** Without secrets. */
  readonly input: SettingInput;
  readonly secrets: readonly SecretReference[];
}
export interface SettingsFile {
  /** Tenant id that the file is for; null: any. */
  readonly directory: string | null;
  readonly settings: readonly FileSetting[];
}
type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const MOST_BYTES = 4 * 1024 * 1024;

/** Reads a settings file: YAML when its name ends with .yaml or .yml, else JSON. `-` is standard input. Throws `FileRefused` with every fault. */
export function readSettingsFile(path: string): SettingsFile {
  let text: string;
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new FileRefused(
      code === 'ENOENT'
        ? `${path}: there is no such file.`
        : code === 'EISDIR'
          ? `${path} is a folder; name the file in it.`
          : `${path}: ${message}`,
    );
  }
  if (text.length > MOST_BYTES) throw new FileRefused(`${path} is larger than 4 MB; a settings file holds five settings at most.`);
  return settingsIn(parsed(text, path), path);
}

function parsed(text: string, path: string): unknown {
  try {
    return /\.ya?ml$/i.test(path) ? parseYaml(text, { schema: 'core', uniqueKeys: true }) : JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    // A parser's message may show a piece of the file, and in that piece a secret that does not belong there.
    const at = error instanceof YAMLParseError ? error.linePos?.[0] : lineOf(text, error);
    const where = at ? ` (line ${at.line}, column ${at.col})` : '';
    throw new FileRefused(`${path} is no ${/\.ya?ml$/i.test(path) ? 'YAML' : 'JSON'}${where}.`);
  }
}
function lineOf(text: string, error: unknown): { line: number; col: number } | undefined {
  const position = /at position (\d+)/.exec((error as Error).message)?.[1];
  if (position === undefined) return undefined;
  const before = text.slice(0, Number(position)).split('\n');
  return { line: before.length, col: before.at(-1)!.length + 1 };
}

/** A parsed settings file, checked as a whole. */
export function settingsIn(value: unknown, path: string): SettingsFile {
  const faults: string[] = [];
  const fault = (at: string, message: string) => void faults.push(`${path}: ${at}: ${message}`);
  if (!isObject(value)) throw new FileRefused(`${path}: expected an object with "settings".`);
  for (const key of Object.keys(value))
    if (!['provider', 'directory', 'settings'].includes(key)) fault(key.slice(0, 100), 'There is no such field. Leave it out.');
  const { provider = INTUNE_NAMESPACE, directory = null, settings } = value;
  if (provider !== INTUNE_NAMESPACE) fault('provider', `Only ${INTUNE_NAMESPACE} is known.`);
  if (directory !== null && (typeof directory !== 'string' || !/^[0-9a-f-]{36}$/i.test(directory)))
    fault('directory', 'Expected a tenant id.');
  if (!Array.isArray(settings)) fault('settings', 'Expected a list of settings.');
  const read = (Array.isArray(settings) ? settings : []).map((item, i) => settingIn(item, `settings[${i}]`, fault));
  const names = new Map<string, number>();
  for (const [i, setting] of read.entries()) {
    const key = setting?.name.toLowerCase();
    if (key === undefined) continue;
    if (names.has(key)) fault(`settings[${i}].name`, `'${setting!.name}' stands there twice; case makes no difference.`);
    names.set(key, i);
  }
  if (faults.length > 0) throw new FileRefused(faults.slice(0, 50).join('\n'));
  return { directory: directory === null ? null : String(directory).toLowerCase(), settings: read as FileSetting[] };
}

function settingIn(item: unknown, at: string, fault: (at: string, message: string) => void): FileSetting | null {
  if (!isObject(item)) return (fault(at, 'Expected a setting.'), null);
  const { name, ...rest } = item;
  const title = settingName.safeParse(name);
  if (!title.success) fault(`${at}.name`, typeof name === 'string' ? title.error.issues[0]!.message : 'Enter a name.');
  const secrets: SecretReference[] = [];
  const destinations = isObject(rest['destinations']) ? { ...rest['destinations'] } : rest['destinations'];
  if (isObject(destinations))
    for (const type of destinationTypes) {
      const target = destinations[type];
      if (!isObject(target)) continue;
      const open = { ...target };
      for (const field of secretFields(type)) {
        if (!(field in open)) continue;
        const reference = open[field];
        delete open[field];
        if (
          isObject(reference) &&
          Object.keys(reference).length === 1 &&
          typeof reference['env'] === 'string' &&
          /^[A-Za-z_]\w*$/.test(reference['env'])
        )
          secrets.push({ type, field, env: reference['env'] });
        else
          fault(
            `${at}.destinations.${type}.${field}`,
            'A secret does not stand in a file. Write {"env":"NAME"} and set that variable when you apply it.',
          );
      }
      destinations[type] = open;
    }
  const input = settingInput.safeParse({ ...rest, destinations });
  if (!input.success)
    for (const issue of input.error.issues.slice(0, 20))
      fault(
        [at, ...issue.path.map(String)].join('.'),
        issue.code === 'unrecognized_keys'
          ? `There is no field ${issue.keys.map((k) => `"${k.slice(0, 100)}"`).join(', ')}. Leave it out.`
          : issue.message,
      );
  return title.success && input.success ? { name: title.data, input: input.data, secrets } : null;
}

/** Settings as a file: YAML or JSON, always in the same order, without secrets. */
export function writeSettings(settings: Parameters<typeof fileOf>[0], format: 'json' | 'yaml'): string {
  const file = fileOf(settings.toSorted((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)));
  return format === 'json' ? `${JSON.stringify(file, null, 2)}\n` : stringify(file, { lineWidth: 0, aliasDuplicateObjects: false });
}
