import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

// The budget of design.md section 10: what the browser must load before the first blade can be used.
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
const first = closure('src/blades/audit-logs/audit-logs-page.tsx', new Set(entry));
for (const file of first) console.log(`${kb(gz(file)).padStart(10)}  ${file}${entry.has(file) ? '' : '  (audit logs)'}`);
console.log(`${kb(sum(entry)).padStart(10)}  shell`);
const total = sum(first);
console.log(`${kb(total).padStart(10)}  shell and first blade; the budget is ${BUDGET_KB} kB`);
if (total > BUDGET_KB * 1000) {
  console.error(`The first route is ${kb(total - BUDGET_KB * 1000)} over its budget. Load something later, or leave it out.`);
  process.exit(1);
}
