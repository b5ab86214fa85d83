// The door for any Node >= 18: brings the pinned Node and pnpm through npx, installs, builds, and runs a task.
// Plain JavaScript without dependencies, because nothing is installed yet when it runs.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE = '24.21.0';
const PNPM = '12.21.0';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cache = join(root, 'node_modules/.cache/weir');
const [task = 'start', ...args] = process.argv.slice(2);
const quiet = task === 'weir';
const say = (line) => (quiet ? console.error(line) : console.log(line));

const tools = toolchain();
const env = {
  ...process.env,
  PATH: `${dirname(tools.node)}${process.platform === 'win32' ? ';' : ':'}${dirname(tools.pnpm)}${process.platform === 'win32' ? ';' : ':'}${process.env.PATH}`,
};
install();
if (task === 'start') {
  build();
  run(tools.node, ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', join(root, 'apps/sandbox/src/main.ts'), ...args]);
} else if (task === 'weir') {
  run(tools.node, ['--disable-warning=ExperimentalWarning', '--max-semi-space-size=4', join(root, 'scripts/weir.ts'), ...args]);
} else if (task === 'test') {
  const steps = { check: ['pnpm', ['check']], unit: ['pnpm', ['test:unit']], e2e: ['pnpm', ['e2e']] };
  const chosen = args.length > 0 ? args : Object.keys(steps);
  for (const name of chosen) {
    if (!steps[name]) fail(`There is no test step named ${name}. There are: ${Object.keys(steps).join(', ')}.`);
    if (name === 'e2e') build();
    say(`\n== ${name}`);
    const [, rest] = steps[name];
    const result = spawnSync(tools.pnpm, rest, { cwd: root, env, stdio: 'inherit', shell: process.platform === 'win32' });
    if (result.status !== 0) process.exit(result.status ?? 1);
  }
} else fail(`There is no task named ${task}.`);

/** The pinned Node and pnpm, found once through npx and remembered. */
function toolchain() {
  const file = join(cache, 'toolchain.json');
  try {
    const known = JSON.parse(readFileSync(file, 'utf8'));
    if (known.version === `${NODE} ${PNPM}` && existsSync(known.node) && existsSync(known.pnpm)) return known;
  } catch {
    // Not known yet.
  }
  say(`  Node ${NODE} and pnpm ${PNPM} are fetched through npx`);
  const npx = spawnSync(
    'npx',
    [
      '--yes',
      '-p',
      `node@${NODE}`,
      '-p',
      `pnpm@${PNPM}`,
      '-c',
      'node -e "console.log(JSON.stringify([process.execPath, process.env.PATH]))"',
    ],
    { encoding: 'utf8', shell: process.platform === 'win32', cwd: root },
  );
  const line = (npx.stdout ?? '').split('\n').find((l) => l.startsWith('['));
  if (!line) fail(why(`${npx.stdout}\n${npx.stderr}`, `Node ${NODE} and pnpm ${PNPM} could not be fetched`));
  const [execPath, path] = JSON.parse(line);
  const pnpm = path
    .split(process.platform === 'win32' ? ';' : ':')
    .map((p) => join(p, process.platform === 'win32' ? 'pnpm.cmd' : 'pnpm'))
    .find(existsSync);
  const bin = dirname(pnpm);
  const node = existsSync(join(bin, 'node')) ? join(bin, 'node') : execPath;
  const found = { version: `${NODE} ${PNPM}`, node, pnpm };
  mkdirSync(cache, { recursive: true });
  writeFileSync(file, JSON.stringify(found));
  return found;
}

function install() {
  const stamp = hash(['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json']);
  if (existsSync(join(root, 'node_modules/.bin/turbo')) && read(join(cache, 'installed')) === stamp) return;
  say('  Packages are installed (this takes a minute the first time)');
  const result = spawnSync(tools.pnpm, ['install', '--frozen-lockfile', '--reporter=append-only'], {
    cwd: root,
    env: { ...env, CI: 'true' },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail(why(`${result.stdout}\n${result.stderr}`, 'The packages could not be installed'));
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, 'installed'), stamp);
}

function build() {
  const stamp = hash(['apps/web', 'packages/contract/src', 'pnpm-lock.yaml']);
  if (existsSync(join(root, 'apps/web/dist/index.html')) && read(join(cache, 'built')) === stamp) return;
  say('  The web app is built');
  const result = spawnSync(tools.pnpm, ['build'], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell: process.platform === 'win32',
  });
  if (result.status !== 0) fail(why(`${result.stdout}\n${result.stderr}`, 'The web app could not be built'));
  writeFileSync(join(cache, 'built'), stamp);
}

/** Runs in the foreground. Signals reach the child itself (it shares our terminal) or are passed on; we end when it has ended. */
function run(command, list) {
  const child = spawn(command, list, { cwd: process.cwd(), env, stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 0)));
}

function hash(paths) {
  const sum = createHash('sha256');
  const visit = (path) => {
    const full = join(root, path);
    if (!existsSync(full)) return;
    if (!statSync(full).isDirectory()) return void sum.update(path).update(readFileSync(full));
    for (const name of readdirSync(full).sort())
      if (name !== 'node_modules' && name !== 'dist' && name !== '.turbo') visit(`${path}/${name}`);
  };
  for (const path of paths) visit(path);
  return sum.digest('hex');
}

function why(output, what) {
  if (/ENOSPC|No space left/i.test(output)) return `${what}: there is no space left on the disk.`;
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|network|fetch failed/i.test(output))
    return `${what}: the npm registry cannot be reached. Check the connection and the proxy (npm config get registry).`;
  return `${what}:\n${output.trim().split('\n').slice(-15).join('\n')}`;
}
function read(file) {
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
}
function fail(message) {
  console.error(message);
  process.exit(1);
}
