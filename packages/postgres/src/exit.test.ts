import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

test.each([0, 1, 3])('a process that uses PostgreSQL ends with the code %i that it was given', (code) => {
  const index = JSON.stringify(new URL('index.ts', import.meta.url).href);
  const script = `import(${index}).then(() => { process.exitCode = ${code}; })`;
  expect(spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', '-e', script]).status).toBe(code);
});
