import { spawnSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

// `pnpm bench [name ...] [-- options]`: prints the machine's line, then runs each benchmark by itself.
const root = join(import.meta.dirname, '..');
const benches: Record<string, string> = {
  append: 'packages/store/bench/append.ts',
  browser: 'apps/e2e/bench/browser.ts',
  compare: 'apps/bff/bench/compare.ts',
  deliver: 'apps/worker/bench/deliver.ts',
  export: 'apps/bff/bench/export.ts',
  load: 'apps/worker/bench/load.ts',
  live: 'apps/bff/bench/live.ts',
  pages: 'apps/bff/bench/pages.ts',
  search: 'apps/bff/bench/search.ts',
  settings: 'apps/bff/bench/settings.ts',
  start: 'apps/sandbox/bench/start.ts',
  verify: 'apps/worker/bench/verify.ts',
  web: 'apps/web/scripts/size.ts',
};
/**
 * Of benches whose own process plays Azure's services. V8 looks through all of a heap for every 64 MB that lie outside of it: in a
 * service that takes 100 MB/s this was two thirds of its work, on processors that it shares here with what is measured.
 */
const services = ['deliver', 'load', 'verify'];
const args = process.argv.slice(2).filter((a) => a !== '--');
// Names come first: what follows an option is its value, whatever it is called (`search --only append`).
const first = args.findIndex((a) => a.startsWith('-'));
const names = first === -1 ? args : args.slice(0, first);
const options = args.slice(names.length);
const unknown = names.find((a) => !(a in benches));
if (unknown) {
  console.error(`There is no benchmark named ${unknown}. There are: ${Object.keys(benches).join(', ')}.`);
  process.exit(1);
}
console.log(
  `Machine: ${cpus().length} x ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GB, Node ${process.version}`,
);
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  console.log(`\n== ${name}`);
  const flags = [
    '--disable-warning=ExperimentalWarning',
    ...(services.includes(name) ? ['--external-memory-accounted-in-global-limit'] : []),
  ];
  const { status } = spawnSync(process.execPath, [...flags, join(root, benches[name]!), ...options], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}
