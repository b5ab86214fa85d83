import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { startPostgres, type RunningPostgres } from '@weir/postgres';
import { startCloud, type Cloud } from './cloud.ts';
import { startChild, type Child } from './launcher/children.ts';
import { lockData } from './launcher/lock.ts';
import { secretKey } from './launcher/secret-key.ts';
import { people, directories } from './people.ts';
import { choosePorts } from './ports.ts';
import { dataDir, runningFile } from './running.ts';

// What `npm start` runs: PostgreSQL, the pretend cloud, and the real web server and worker, configured for it.
const data = dataDir();
const port = number('WEIR_PORT') ?? 8480;
const publicOrigin = `http://localhost:${port}`;
const say = (line: string) => console.log(line);

let postgres: RunningPostgres | undefined;
let cloud: Cloud | undefined;
const children: Child[] = [];
let unlock = () => {};
let stopping: Promise<void> | undefined;

const stop = (code: number): Promise<void> =>
  (stopping ??= (async () => {
    await Promise.all(children.map((c) => c.stop()));
    await cloud?.close().catch(() => {});
    await postgres?.stop().catch(() => {});
    rmSync(runningFile(data), { force: true });
    unlock();
    process.exit(code);
  })());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    if (!stopping) say('\nStopping …');
    void stop(0);
  });
}

// Who reads our lines has gone (a closed pipe): end as after Ctrl-C, and leave no process behind.
process.stdout.on('error', () => void stop(0));

try {
  if (!(await free(port))) throw new Error(`Port ${port} is taken by another program. Stop it, or set WEIR_PORT to another port.`);
  unlock = lockData(data);
  if (process.argv.includes('--reset')) reset();
  const ports = await choosePorts(join(data, 'sandbox'), number('WEIR_SANDBOX_PORT'));

  postgres = await step('PostgreSQL', async () => {
    const cluster = await startPostgres({ dir: join(data, 'postgres'), port: ports.postgres });
    await cluster.createDatabase('weir');
    return cluster;
  });
  const databaseUrl = process.env['DATABASE_URL'] || postgres.url('weir');
  cloud = await step('Sandbox cloud', () => startCloud({ dir: join(data, 'sandbox'), publicOrigin, ports }));
  const env = {
    ...process.env,
    ...cloud.env(),
    DATABASE_URL: databaseUrl,
    // Nobody is billed for its appends, and whoever tries it out waits for them.
    WEIR_STORAGE_INTERVAL_MS: process.env['WEIR_STORAGE_INTERVAL_MS'] || '5000',
    WEIR_SECRET_KEY: process.env['WEIR_SECRET_KEY'] || secretKey(data),
    WEIR_PORT: String(port),
    WEIR_LOG_LEVEL: process.env['WEIR_LOG_LEVEL'] ?? 'warn',
  };
  await step('Web server', async () => {
    const child = startChild('web server', 'bff', env, say);
    children.push(child);
    await child.ready;
  });
  await step('Worker', async () => {
    const child = startChild('worker', 'worker', env, say);
    children.push(child);
    await child.ready;
  });
  writeFileSync(runningFile(data), JSON.stringify({ ...cloud.describe(), pid: process.pid, databaseUrl, workerPort: cloud.ports.worker }), {
    mode: 0o600,
  });
  welcome();
} catch (error) {
  if (!stopping) console.error(`\nWeir did not start. ${(error as Error).message}`);
  await stop(1);
}

async function step<T>(name: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now();
  process.stdout.write(`  ${name.padEnd(16)}`);
  try {
    const result = await work();
    say(`ready   ${((performance.now() - started) / 1000).toFixed(1)} s`);
    return result;
  } catch (error) {
    say('failed');
    throw error;
  }
}

function welcome(): void {
  say(`\nWeir is ready: ${publicOrigin}\n\nSign in as (there are no passwords):`);
  for (const directory of directories) {
    say(`  ${directory.name}`);
    for (const p of people.filter((x) => x.tenantId === directory.tenantId)) say(`    ${p.name.padEnd(18)}${p.role}`);
  }
  say('\nEndpoints and keys of the sandbox: npm run weir -- sandbox --json\nCtrl-C stops everything.');
}

/** Deletes the data of earlier starts, and only what a start makes. */
function reset(): void {
  for (const name of ['postgres', 'postgres.password', 'sandbox', 'secret.key', 'running.json'])
    if (existsSync(join(data, name))) rmSync(join(data, name), { recursive: true, force: true });
  say(`  Data in ${data} deleted`);
}

function number(name: string): number | undefined {
  const text = process.env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 65_520) return value;
  console.error(`Weir did not start. ${name} must be a port from 1 to 65519, found ${JSON.stringify(text)}.`);
  process.exit(1);
}

function free(candidate: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(candidate, '127.0.0.1', () => server.close(() => done(true)));
  });
}
