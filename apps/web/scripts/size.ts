import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

// JavaScript of the first route, gzipped: the entry and everything that it imports statically.
const BUDGET_KB = 250;
const dist = join(import.meta.dirname, '../dist');

interface Chunk {
  file: string;
  imports?: string[];
  dynamicImports?: string[];
  isEntry?: boolean;
}
const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;

/** The files of a chunk and of everything that it imports statically. */
function closure(key: string, seen = new Set<string>()): Set<string> {
  const chunk = manifest[key];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const next of chunk.imports ?? []) closure(next, seen);
  return seen;
}
const gz = (file: string): number => gzipSync(readFileSync(join(dist, file)), { level: 9 }).length;
const kb = (bytes: number): string => `${(bytes / 1000).toFixed(1)} kB`;
const sum = (files: Iterable<string>): number => [...files].filter((f) => f.endsWith('.js')).reduce((total, file) => total + gz(file), 0);

const entry = closure('index.html');
const signIn = closure('src/app/auth.ts', new Set(entry));
const blade = closure('src/blades/audit-logs/audit-logs-page.tsx', new Set(entry));
for (const file of new Set([...entry, ...signIn, ...blade])) {
  if (file.endsWith('.js'))
    console.log(`${kb(gz(file)).padStart(10)}  ${file}${entry.has(file) ? '' : signIn.has(file) ? '  (sign-in)' : '  (audit logs)'}`);
}
const shell = sum(entry);
console.log(`${kb(shell).padStart(10)}  first route: what the page loads before it asks for anything else; the budget is ${BUDGET_KB} kB`);
console.log(`${kb(sum(signIn) - shell).padStart(10)}  sign-in library, loaded beside it`);
console.log(`${kb(sum(blade) - shell).padStart(10)}  audit logs, loaded when they are opened`);
if (shell > BUDGET_KB * 1000) {
  console.error(`The first route is ${kb(shell - BUDGET_KB * 1000)} over its budget. Load something later, or leave it out.`);
  process.exit(1);
}
