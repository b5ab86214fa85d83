import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSchema as bff } from '@weir/bff/config';
import { configSchema as worker } from '@weir/worker/config';

// Writes .env.example from the schemas that read it; `--check` fails when the file is older than they are.
const file = join(import.meta.dirname, '../.env.example');
interface Field {
  description: string;
  fallback: string;
  readers: string[];
}
const fields = new Map<string, Field>();
for (const [reader, schema] of [
  ['web server', bff],
  ['worker', worker],
] as const) {
  for (const [name, type] of Object.entries(schema.shape)) {
    const parsed = type.safeParse(undefined);
    const fallback =
      parsed.success && ['string', 'number'].includes(typeof parsed.data) && !name.endsWith('_ROOT') ? String(parsed.data) : '';
    const known = fields.get(name);
    if (known) known.readers.push(reader);
    else fields.set(name, { description: type.meta()?.['description'] as string, fallback, readers: [reader] });
  }
}
const own = [
  '# Configuration of Weir. Made from the schemas by `node scripts/env-example.ts`; a value that is left out has the one shown.',
  '',
  '# The engine’s own identity, read by @azure/identity; leave out for a managed or workload identity. (worker)',
  'AZURE_TENANT_ID=',
  'AZURE_CLIENT_ID=',
  'AZURE_CLIENT_SECRET=',
];
const text = [
  ...own,
  ...[...fields].flatMap(([name, f]) => ['', `# ${f.description} (${f.readers.join(', ')})`, `${name}=${f.fallback}`]),
  '',
].join('\n');
if (process.argv.includes('--check')) {
  if (readFileSync(file, 'utf8') !== text) {
    console.error('.env.example is older than the configuration schemas. Run: node scripts/env-example.ts');
    process.exit(1);
  }
} else writeFileSync(file, text);
