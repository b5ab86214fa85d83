import { writeFileSync } from 'node:fs';
import { ApiProblem, createClient, endpoints, type Client, type DestinationsInput, type SettingInput } from '@weir/contract';
import { FileRefused, readSettingsFile, writeSettings, type SecretReference } from './file.ts';
import { planOf, type Change, type Plan } from './plan.ts';

export interface SettingsOptions {
  readonly what: string | undefined;
  readonly file: string | undefined;
  readonly prune: readonly string[];
  readonly sendSecrets: boolean;
  readonly format: string | undefined;
  readonly json: boolean;
}
export interface SettingsServices {
  /** Such as `https://weir.contoso.com`. */
  readonly origin: string;
  readonly token: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}
/** What `weir settings` was asked for cannot be done; the message is for the person at the terminal. */
export class SettingsRefused extends Error {}
const { listSettings, putSetting, deleteSetting } = endpoints.settings;

/**
 * `weir settings export | plan | apply`: over Weir's API as the person whose token it is, so that permissions and records are those of
 * the admin center. Ends with 0, with 2 when `plan` found changes, with 1 when `apply` could not make all of them. Throws `SettingsRefused`.
 */
export async function settingsCommand(options: SettingsOptions, services: SettingsServices): Promise<number> {
  const { what, file } = options;
  const client = clientOf(services);
  try {
    if (what === 'export') return await exportSettings(client, options, services);
    if (what !== 'plan' && what !== 'apply') throw new SettingsRefused('Name what to do: export, plan or apply.');
    if (file === undefined) throw new SettingsRefused(`Name the file: weir settings ${what} <file>.`);
    const wanted = readSettingsFile(file);
    if (wanted.directory !== null) {
      const { directory } = await client.call(endpoints.session.me, {});
      if (directory.tenantId.toLowerCase() !== wanted.directory)
        throw new SettingsRefused(
          `The file is for the directory ${wanted.directory}, and the token for ${directory.name} (${directory.tenantId}).`,
        );
    }
    const plan = async (prune: readonly string[]): Promise<Plan> => {
      const made = planOf(wanted.settings, (await client.call(listSettings, {})).items, { prune, sendSecrets: options.sendSecrets });
      if ('refused' in made) throw new SettingsRefused(made.refused);
      return made;
    };
    const found = await plan(options.prune);
    if (what === 'plan') {
      show(found, options, services);
      return found.changes.length > 0 ? 2 : 0;
    }
    return await apply(client, found, () => plan([]), options, services);
  } catch (error) {
    if (error instanceof FileRefused) throw new SettingsRefused(error.message);
    if (error instanceof ApiProblem) throw new SettingsRefused(sentence(error));
    throw error;
  }
}

function clientOf({ origin, token }: SettingsServices): Client {
  return createClient(async (url, init) => {
    try {
      return await fetch(`${origin}${url}`, {
        ...init,
        // A token goes to the address that was named, and nowhere else.
        redirect: 'error',
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(120_000),
      });
    } catch (error) {
      const { cause, message } = error as Error;
      throw new SettingsRefused(`${origin} cannot be reached: ${cause instanceof Error ? cause.message : message}.`);
    }
  });
}

async function exportSettings(client: Client, { file, format }: SettingsOptions, { out, err }: SettingsServices): Promise<number> {
  if (format !== undefined && format !== 'json' && format !== 'yaml') throw new SettingsRefused('--format is json or yaml.');
  const { items } = await client.call(listSettings, {});
  const text = writeSettings(items, format ?? (/\.ya?ml$/i.test(file ?? '') ? 'yaml' : 'json'));
  if (file === undefined || file === '-') out(text);
  else {
    writeFileSync(file, text);
    err(`${file}: ${items.length === 1 ? '1 setting' : `${items.length} settings`}`);
  }
  return 0;
}

const counted = (n: number): string => (n === 1 ? '1 setting is' : `${n} settings are`);
const verbs = { create: 'is created', change: 'is changed', delete: 'is deleted' } as const;
function show({ changes, unchanged, others }: Plan, { json }: SettingsOptions, { out }: SettingsServices): void {
  if (json) {
    const told = changes.map(({ kind, name, words }) => ({ kind, name, words }));
    return out(`${JSON.stringify({ changes: told, unchanged, others })}\n`);
  }
  for (const { kind, name, words } of changes)
    out(`${name} ${verbs[kind]}\n${kind === 'delete' ? '' : words.map((w) => `  ${w}\n`).join('')}`);
  for (const name of others) out(`${name} does not stand in the file and is left as it is; --prune "${name}" deletes it.\n`);
  out(
    changes.length === 0
      ? `No changes: ${counted(unchanged.length)} as the file says.\n`
      : `${changes.length} to change, ${unchanged.length} as the file says.\n`,
  );
}

/** One after the other. Not one transaction: what was made is told, and the rest can be applied again. */
async function apply(
  client: Client,
  found: Plan,
  again: () => Promise<Plan>,
  options: SettingsOptions,
  services: SettingsServices,
): Promise<number> {
  const { out, err, env } = services;
  // Before anything is changed.
  const inputs = new Map(found.changes.map((c) => [c, c.kind === 'delete' ? null : withSecrets(c.input, c.secrets, env)]));
  const done: Change[] = [];
  const failed: { name: string; message: string }[] = [];
  let waiting = [...found.changes];
  // A destination or a place that another change sets free is taken in the next round.
  while (waiting.length > 0) {
    const later: Change[] = [];
    const problems = new Map<Change, string>();
    for (const change of waiting) {
      try {
        await make(client, change, inputs.get(change)!);
        done.push(change);
        if (!options.json) out(`${change.name}: ${{ create: 'created', change: 'changed', delete: 'deleted' }[change.kind]}\n`);
      } catch (error) {
        if (!(error instanceof ApiProblem)) throw error;
        const retry = error.problem.code === 'sink.in.use' || error.problem.code === 'setting.limit';
        if (retry) later.push(change);
        else failed.push({ name: change.name, message: sentence(error) });
        problems.set(change, sentence(error));
      }
    }
    if (later.length === waiting.length) {
      failed.push(...later.map((c) => ({ name: c.name, message: problems.get(c)! })));
      break;
    }
    waiting = later;
  }
  const after = failed.length === 0 && done.length > 0 && !options.sendSecrets ? await again() : null;
  const drift = after?.changes.map((c) => c.name) ?? [];
  for (const { name, message } of failed) err(`${name}: not done. ${message}`);
  for (const name of drift)
    err(`${name} is not as the file says, although it was applied: somebody else changed it. Look at the plan again.`);
  if (options.json)
    out(
      `${JSON.stringify({ done: done.map(({ kind, name }) => ({ kind, name })), failed, unchanged: found.unchanged, others: found.others, drift })}\n`,
    );
  else {
    for (const name of found.others) out(`${name} does not stand in the file and was left as it is.\n`);
    if (found.changes.length === 0) out(`No changes: ${counted(found.unchanged.length)} as the file says.\n`);
  }
  return failed.length > 0 || drift.length > 0 ? 1 : 0;
}

async function make(client: Client, change: Change, input: SettingInput | null): Promise<void> {
  const params = { name: change.name };
  const headers: Record<string, string> = change.kind === 'create' ? { 'if-none-match': '*' } : { 'if-match': `"${change.version}"` };
  if (input === null) await client.call(deleteSetting, { params }, { headers });
  else await client.call(putSetting, { params, body: input }, { headers });
}

function withSecrets(input: SettingInput, secrets: readonly SecretReference[], env: SettingsServices['env']): SettingInput {
  const missing = secrets.filter((s) => !env[s.env]);
  if (missing.length > 0)
    throw new SettingsRefused(`Nothing was changed. These variables are not set: ${[...new Set(missing.map((s) => s.env))].join(', ')}.`);
  const destinations: Record<string, unknown> = { ...input.destinations };
  for (const { type, field, env: name } of secrets) destinations[type] = { ...(destinations[type] as object), [field]: env[name] };
  return { ...input, destinations: destinations as DestinationsInput };
}

const sentence = ({ problem }: ApiProblem): string => {
  const fields = (problem.errors ?? []).map((e) => `${e.path}: ${e.message}`);
  const more = fields.filter((f) => !problem.detail.includes(f.slice(f.indexOf(': ') + 2)));
  return [problem.detail, ...more].join(' ');
};
