import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

// A rule that silently matches nothing looks exactly like a clean tree, so each arrow is broken once on purpose.
const root = join(import.meta.dirname, '..');
let dir: string;

beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-import-rule-'));
  cpSync(join(root, '.oxlintrc.json'), join(dir, '.oxlintrc.json'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function lint(path: string, source: string): string {
  const file = join(dir, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, source);
  try {
    return execFileSync(join(root, 'node_modules/.bin/oxlint'), ['-c', '.oxlintrc.json', path], {
      cwd: dir,
      encoding: 'utf8',
      stdio: 'pipe',
    });
  } catch (error) {
    return String((error as { stdout: string }).stdout);
  }
}

test.each([
  ['packages/contract/src/a.ts', '@weir/engine'],
  ['packages/engine/src/a.ts', '@weir/store'],
  ['packages/store/src/a.ts', '@weir/destinations'],
  ['packages/destinations/src/a.ts', '@weir/store'],
  ['packages/destinations/src/storage/a.ts', '../event-hub/index.ts'],
  ['packages/destinations/src/splunk/a.ts', '../webhook/sign.ts'],
  ['packages/sources/src/a.ts', '@weir/testkit'],
  ['packages/access/src/a.ts', '@weir/bff'],
  ['apps/bff/src/a.ts', '@weir/worker'],
  ['apps/bff/src/a.ts', '@weir/sandbox'],
  ['apps/bff/src/a.ts', 'pg'],
  ['apps/worker/src/a.ts', 'kysely'],
  ['apps/sandbox/src/a.ts', '@weir/store'],
  ['apps/web/src/a.tsx', '@weir/store'],
  ['apps/web/src/a.tsx', 'node:fs'],
  ['apps/web/src/blades/audit-logs/a.tsx', '../diagnostics-settings/form.tsx'],
  ['apps/web/src/blades/diagnostics-settings/a.tsx', '../audit-logs/api.ts'],
])('%s may not import %s', (path, target) => {
  expect(lint(path, `import { x } from '${target}';\nexport const y = x;\n`)).toContain('no-restricted-imports');
});

test.each([
  ['packages/engine/src/b.ts', '@weir/contract'],
  ['packages/store/src/b.ts', 'pg'],
  ['packages/store/src/b.test.ts', '@weir/testkit'],
  ['apps/bff/src/b.ts', '@weir/store'],
  ['apps/web/src/blades/audit-logs/b.tsx', '@weir/contract'],
])('%s may import %s', (path, target) => {
  expect(lint(path, `import { x } from '${target}';\nexport const y = x;\n`)).not.toContain('no-restricted-imports');
});
