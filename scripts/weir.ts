import { createReadStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { dataDir, keyOf, readRunning, tokenFor, type Running } from '@weir/sandbox/running';
import { readImport, type Refused } from '@weir/sources';
import { openStore, type Store } from '@weir/store';

const help = `weir: Weir's command line

  weir import <file ...>     Adds records to a directory's log. "-" reads standard input.
      --tenant <id or name>    Directory that they belong to; the first one without it
      Reads Graph audit events and resource-log records of any category, as NDJSON, a JSON
      array, or an envelope with "records" or "value"; plain or gzip. A record that is there
      already is counted as a duplicate. Ends with 1 when a record was refused.
  weir verify storage --setting <name>    Reads an archive back and compares it with the log.
  weir verify event-hub --setting <name>  Reads an event hub back.
  weir verify --log            Recomputes the log's hash chain. --expect <head>: it must have had this head
  weir verify --head           Where each log's chain ends, to be kept elsewhere
      --category <name>        One category only
      --from, --to <n or time> A part: sequence numbers, or when the records were collected
      --tenant <id or name>    Directory; the first one without it
      Ends with 0 when every record is there once and unaltered, with 1 when not (each fault is
      named), with 2 when it could not be verified.
  weir settings export [file]   Diagnostic settings as a file, JSON or YAML, without secrets.
  weir settings plan <file>     What would change, in words. Ends with 0 when nothing, with 2 when something.
  weir settings apply <file>    Makes the settings as the file says. A second time it changes nothing.
      --prune <name>           Deletes this setting, which the file does not name; may stand several times
      --secrets                Sends secrets again where one is stored already
      --format json|yaml       For an export to standard output
      --url <address>          Of Weir; else WEIR_URL, else the running sandbox. The token is in WEIR_TOKEN,
                               or --as <person> of the sandbox
  weir delivery list           What each delivery does, and what it waits for
  weir delivery pause          Sends nothing more after what is on its way. --reason <text>
  weir delivery resume         Goes on after its checkpoint
  weir delivery replay --from <beginning, time or n>  Sends again what it has passed
  weir delivery resend         Sends its quarantined records again. --sequence <n,n>: only these
      <id>                     Which delivery; or by what it is, as far as it takes to name one:
      --setting, --category <name>, --type <storage, event-hub, log-analytics, splunk, elastic, webhook>
      Works on the database, for those who run Weir. Each change is a record that names you by
      your user on this machine.
  weir migrate               Brings the database to this version's schema.
  weir sandbox               Endpoints, accounts, keys and people of the running sandbox.
  weir fault <service> <kind>  Lets the running sandbox misbehave. Services: blob, eventHub, logs, arm,
                             graph, splunk, elastic, webhook, mail. Kinds: throttle, refuse, hang, drop (done, but the
                             answer is lost), down, partial (Splunk never acknowledges, Elastic takes half)
      --count <n>              So many requests; without it until "weir fault none"
      --place <path>           Only requests to this path of a partner solution or account, such as /hooks/contoso
  weir received <service>    What arrived at the sandbox's splunk, elastic, webhook or mail, one record a line.
  weir token --as <person>   An access token for Weir's API, from the running sandbox.
      --tenant <id or name>    Directory to sign in to; the first one without it

  --json                     Writes JSON on one line
  --help                     This text

The database is DATABASE_URL, or that of the sandbox that runs on WEIR_DATA (.weir).
`;
/** What went wrong in words for the person at the terminal; it needs no stack. */
class Refusal extends Error {}
const SHOWN = 20;

const { values, positionals } = readArguments();
const [command, ...rest] = positionals;
// A reader such as `head` that has seen enough is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  if (values.help || command === 'help') process.stdout.write(help);
  else if (command === 'import') await importFiles(rest);
  else if (command === 'verify') await verifyRecords(rest);
  else if (command === 'delivery') await workOnDelivery(rest);
  else if (command === 'migrate')
    await withStore(async (_store, applied) =>
      print({ applied }, applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`),
    );
  else if (command === 'sandbox') showSandbox();
  else if (command === 'fault') await setFault(rest);
  else if (command === 'received') await showReceived(rest);
  else if (command === 'token') await showToken();
  else if (command === 'settings') await changeSettings(rest);
  else {
    process.stderr.write(command === undefined ? help : `There is no command named ${command}.\n\n${help}`);
    process.exitCode = 2;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  // A verification that ends with 1 has found something.
  process.exitCode = command === 'verify' ? 2 : 1;
}

function readArguments() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h' },
        json: { type: 'boolean' },
        tenant: { type: 'string' },
        as: { type: 'string' },
        count: { type: 'string' },
        place: { type: 'string' },
        setting: { type: 'string' },
        category: { type: 'string' },
        from: { type: 'string' },
        to: { type: 'string' },
        type: { type: 'string' },
        reason: { type: 'string' },
        sequence: { type: 'string', multiple: true },
        log: { type: 'boolean' },
        head: { type: 'boolean' },
        expect: { type: 'string' },
        prune: { type: 'string', multiple: true },
        secrets: { type: 'boolean' },
        format: { type: 'string' },
        url: { type: 'string' },
      },
    });
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\nweir --help shows what there is.\n`);
    process.exit(2);
  }
}

async function importFiles(files: readonly string[]): Promise<void> {
  if (files.length === 0) throw new Refusal('Name the files to import, or "-" for standard input.');
  const tenantId = chosenTenant();
  const totals = {
    tenantId,
    accepted: 0,
    duplicates: 0,
    refused: 0,
    files: [] as { file: string; accepted: number; duplicates: number; refused: Refused[]; error?: string }[],
  };
  await withStore(async (store) => {
    for (const file of files) {
      const result: (typeof totals.files)[number] = { file, accepted: 0, duplicates: 0, refused: [] };
      totals.files.push(result);
      let refused = 0;
      const onRefused = (r: Refused) => {
        refused += 1;
        // JSON tells of the first thousand, so that a file of the wrong kind cannot fill the memory.
        if (result.refused.length < 1000) result.refused.push(r);
        if (!values.json && refused <= SHOWN) process.stderr.write(`${file}:${r.line}: ${r.reason}\n`);
      };
      try {
        for await (const records of readImport(file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 18 }), {
          tenantId,
          onRefused,
        })) {
          const { accepted, duplicates } = await store.log.append(tenantId, records);
          result.accepted += accepted;
          result.duplicates += duplicates;
        }
      } catch (error) {
        result.error = unreadable(file, error as NodeJS.ErrnoException);
        if (!values.json) process.stderr.write(`${result.error}\n`);
      }
      if (!values.json && refused > SHOWN) process.stderr.write(`${file}: … and ${refused - SHOWN} more were refused.\n`);
      totals.accepted += result.accepted;
      totals.duplicates += result.duplicates;
      totals.refused += refused;
      if (!values.json) process.stdout.write(`${file}: ${result.accepted} accepted, ${result.duplicates} duplicates, ${refused} refused\n`);
    }
  });
  if (values.json) process.stdout.write(`${JSON.stringify(totals)}\n`);
  else if (files.length > 1)
    process.stdout.write(`Together: ${totals.accepted} accepted, ${totals.duplicates} duplicates, ${totals.refused} refused\n`);
  if (totals.refused > 0 || totals.files.some((f) => f.error !== undefined)) process.exitCode = 1;
}

async function verifyRecords([what, ...more]: readonly string[]): Promise<void> {
  if (more.length > 0) throw new Refusal(`What is ${more[0]}? weir --help shows how to verify.`);
  const { verify } = await import('./verify.ts');
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort(new Error('Stopped.')));
  await withStore(async (store) => {
    process.exitCode = await verify(
      { ...values, what, tenantId: chosenTenant() },
      { store, sandbox, out: (text) => void process.stdout.write(`${text}\n`), signal: stop.signal },
    );
  });
}

async function workOnDelivery(what: readonly string[]): Promise<void> {
  const { delivery } = await import('./delivery.ts');
  await withStore(async (store) => {
    const { value, text } = await delivery({ ...values, what, tenantId: chosenTenant() }, store);
    print(value, text);
  });
}

function unreadable(file: string, error: NodeJS.ErrnoException): string {
  if (error.code === 'ENOENT') return `${file}: there is no such file.`;
  if (error.code === 'EISDIR') return `${file} is a folder; name the files in it.`;
  if (error.code === 'EACCES') return `${file} may not be read.`;
  if (error.code?.startsWith('Z_'))
    return `${file}: the gzip data is broken or cut off (${error.message}). What stood before that was imported.`;
  return `${file}: ${error.message}`;
}

/** The directory that `--tenant` means: an id, or a name of WEIR_DIRECTORIES or of the running sandbox. */
function chosenTenant(): string {
  const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
  if (values.tenant && guid.test(values.tenant)) return values.tenant.toLowerCase();
  const known = directories();
  const found = values.tenant === undefined ? known[0] : known.find((d) => d.name.toLowerCase() === values.tenant!.toLowerCase());
  if (found) return found.tenantId;
  throw new Refusal(
    values.tenant === undefined
      ? 'Say with --tenant which directory it is about.'
      : `No directory is named ${values.tenant}. ${known.length > 0 ? `There are: ${known.map((d) => d.name).join(', ')}.` : 'Give its tenant id.'}`,
  );
}

function directories(): { tenantId: string; name: string }[] {
  const configured = process.env['WEIR_DIRECTORIES'];
  if (configured) {
    try {
      return JSON.parse(configured) as { tenantId: string; name: string }[];
    } catch {
      throw new Refusal('WEIR_DIRECTORIES is no JSON. Expected [{"tenantId":"<guid>","name":"Contoso"}].');
    }
  }
  try {
    return readRunning(dataDir()).directories;
  } catch {
    return [];
  }
}

async function withStore(work: (store: Store, applied: string[]) => Promise<void>): Promise<void> {
  const url = process.env['DATABASE_URL'] || sandbox('No database: DATABASE_URL is not set, and').databaseUrl;
  const { WEIR_SECRET_KEY: key, WEIR_SECRET_KEY_OLDER: older } = process.env;
  // Values that a setting hashes are hashed again to be verified.
  const secretKeys = [key || (process.env['DATABASE_URL'] ? '' : (keyOf(dataDir()) ?? '')), older ?? ''].filter((k) => k !== '');
  const store = openStore({ url, applicationName: 'weir-cli', poolSize: 2, secretKeys });
  try {
    const { applied } = await store.migrate().catch((error: NodeJS.ErrnoException) => {
      if (error.name === 'DatabaseNewer' || error.message.startsWith('Migration ')) throw error;
      throw new Refusal(`The database cannot be used: ${error.message || error.code}. Check DATABASE_URL, and that PostgreSQL runs.`);
    });
    await work(store, applied);
  } finally {
    await store.close();
  }
}

function sandbox(why?: string): Running {
  try {
    return readRunning(dataDir());
  } catch (error) {
    const { message } = error as Error;
    throw new Refusal(why ? `${why} ${message[0]!.toLowerCase()}${message.slice(1)}` : message);
  }
}

function showSandbox(): void {
  const running = sandbox();
  const lines = [
    `weir          ${running.publicOrigin}`,
    ...Object.entries(running.endpoints).map(([name, url]) => `${name.padEnd(14)}${url}`),
    ...running.storageAccounts.map((a) => `storage       ${a.name}  ${a.blobEndpoint}`),
    ...running.eventHubNamespaces.map((n) => `event hubs    ${n.name}`),
    ...running.workspaces.map((w) => `workspace     ${w.name}  ${w.customerId}`),
    `splunk        ${running.partners.splunk.url}`,
    `elastic       ${running.partners.elastic.url}`,
    `webhook       ${running.partners.webhook.url}`,
    `mail          ${running.partners.mail.host}:${running.partners.mail.port}`,
    ...running.people.map((p) => `person        ${p.upn}  ${p.role}`),
    'Keys and connection strings: --json',
  ];
  print(running, lines.join('\n'));
}

async function setFault([service, kind]: readonly string[]): Promise<void> {
  const { control } = sandbox();
  const none = service === 'none';
  if (!none && !(service && kind))
    throw new Refusal('Name a service and a kind, such as "weir fault blob throttle", or "weir fault none".');
  const answer = await fetch(`${control.url}/faults${none ? '' : `/${encodeURIComponent(service!)}`}`, {
    method: none ? 'DELETE' : 'PUT',
    headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
    ...(!none && {
      body: JSON.stringify({
        kind,
        ...(values.count !== undefined && { count: Number(values.count) }),
        ...(values.place && { place: values.place }),
      }),
    }),
  });
  if (!answer.ok) throw new Refusal(`The sandbox did not take it: ${(await answer.text()).slice(0, 300)}`);
  print({ service, kind: kind ?? null }, none ? 'The sandbox behaves again.' : `${service}: ${kind}`);
}

async function showReceived([service]: readonly string[]): Promise<void> {
  const { control } = sandbox();
  if (!['splunk', 'elastic', 'webhook', 'mail'].includes(service ?? '')) throw new Refusal('Name splunk, elastic, webhook or mail.');
  for (let after = 0; ;) {
    const answer = await fetch(`${control.url}/received/${service}?after=${after}`, {
      headers: { authorization: `Bearer ${control.token}` },
    });
    if (!answer.ok) throw new Refusal(`The sandbox did not answer: ${(await answer.text()).slice(0, 300)}`);
    const { items } = (await answer.json()) as { items: { number: number; place: string; body: string }[] };
    for (const item of items) process.stdout.write(`${values.json ? JSON.stringify(item) : `${item.place}  ${item.body}`}\n`);
    if (items.length === 0) return;
    after = items.at(-1)!.number;
  }
}

async function showToken(): Promise<void> {
  if (!values.as) throw new Refusal('Say with --as who signs in, e.g. --as "Avery Howard".');
  const token = await tokenFor(sandbox(), values.as, values.tenant).catch((error: Error) => {
    throw error.message === 'fetch failed' ? new Refusal('The sandbox does not answer. Is it still starting?') : error;
  });
  print({ token }, token);
}

async function changeSettings([what, file, ...more]: readonly string[]): Promise<void> {
  if (more.length > 0) throw new Refusal(`What is ${more[0]}? weir --help shows how to name files and settings.`);
  const given = values.url ?? process.env['WEIR_URL'];
  const url = URL.parse(given ?? sandbox('No address: neither --url nor WEIR_URL is set, and').publicOrigin);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Refusal(`${given} is no address. Enter one such as https://weir.contoso.com.`);
  if (url.protocol === 'http:' && !/^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname))
    throw new Refusal(`${url.origin} is not https: everyone on the way could read the token.`);
  const token = values.as === undefined ? process.env['WEIR_TOKEN'] : await tokenFor(sandbox(), values.as, values.tenant);
  if (!token) throw new Refusal('Put an access token for Weir into WEIR_TOKEN, or name a person of the sandbox with --as.');
  const { settingsCommand } = await import('./settings/index.ts');
  process.exitCode = await settingsCommand(
    { what, file, prune: values.prune ?? [], sendSecrets: values.secrets ?? false, format: values.format, json: values.json ?? false },
    {
      origin: url.origin,
      token,
      env: process.env,
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(`${text}\n`),
    },
  );
}

function print(value: unknown, text: string): void {
  process.stdout.write(`${values.json ? JSON.stringify(value) : text}\n`);
}
