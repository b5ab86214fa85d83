import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { roles, startServer, type TestServer } from '../../apps/bff/test/server.ts';

const account = (name: string) => `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const TOKEN = 'f00dfeed-0000-4000-8000-c0ffeec0ffee';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let dir: string;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url, {}, { WEIR_SECRET_KEY: Buffer.alloc(32, 1).toString('base64') });
  dir = mkdtempSync(join(tmpdir(), 'weir-apply-'));
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

function weir(args: readonly string[], env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  const known = { PATH: process.env['PATH'], WEIR_DATA: dir, WEIR_URL: server.origin, WEIR_TOKEN: server.token() };
  return new Promise((done) => {
    execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '../weir.ts'), 'settings', ...args],
      { env: { ...known, ...env } },
      (error, out, err) => done({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}
const write = (settings: object[], more: object = {}): string => {
  const path = join(dir, 'wanted.json');
  writeFileSync(path, JSON.stringify({ ...more, settings }));
  return path;
};
const archive = (name: string, ...categories: string[]) => ({
  name,
  categories: categories.map((category) => ({ category, retentionDays: 30 })),
  destinations: { storage: { storageAccountId: account('logs') } },
});
const names = async () =>
  (await server.call('/api/intune/diagnostic-settings')).json<{ items: { name: string }[] }>().items.map((s) => s.name);

test('a file is planned, applied, and a second time changes nothing; what was exported is what was applied', async () => {
  const siem = {
    name: 'Siem',
    categories: [{ category: 'AuditLogs' }],
    destinations: { splunk: { url: 'https://splunk.example:8088', token: { env: 'SPLUNK' } } },
  };
  const shaping = {
    condition: 'category:Device',
    masks: [{ path: 'identity', how: 'hash' }],
    batching: { storage: { intervalSeconds: 120 } },
  };
  const file = write([
    { ...archive('Archive', 'AuditLogs'), ...shaping },
    { ...siem, masks: [] },
  ]);
  expect(await weir(['plan', file])).toMatchObject({
    code: 2,
    out: expect.stringContaining('Archive is created\n  ticks AuditLogs, kept for 30 days\n'),
  });
  const without = await weir(['apply', file]);
  expect([without.code, without.err]).toEqual([1, expect.stringContaining('Nothing was changed. These variables are not set: SPLUNK')]);
  expect(await names()).toEqual([]);
  expect(await weir(['apply', file], { SPLUNK: TOKEN })).toEqual({ code: 0, out: 'Archive: created\nSiem: created\n', err: '' });
  // The secret is stored: no variable is needed any more.
  for (const what of ['plan', 'apply'])
    expect(await weir([what, file])).toEqual({ code: 0, out: 'No changes: 2 settings are as the file says.\n', err: '' });
  const versions = (await server.call('/api/intune/diagnostic-settings')).json<{ items: { version: number }[] }>().items;
  expect(versions.map((s) => s.version)).toEqual([1, 1]);
  const exported = join(dir, 'exported.yaml');
  expect((await weir(['export', exported])).code).toBe(0);
  expect(readFileSync(exported, 'utf8')).not.toContain(TOKEN);
  expect(readFileSync(exported, 'utf8')).toMatch(/condition: category:Device[^]*path: identity/);
  expect((await weir(['plan', exported])).code).toBe(0);
});

test('what somebody changed is reported, and put right', async () => {
  const file = write([archive('Archive', 'AuditLogs')]);
  await server.call('/api/intune/diagnostic-settings/Archive', {
    method: 'PUT',
    headers: { 'if-match': '"1"' },
    body: JSON.stringify({ ...archive('', 'AuditLogs', 'Devices'), name: undefined }),
  });
  const drift = await weir(['plan', '--json', file]);
  expect([drift.code, JSON.parse(drift.out)]).toEqual([
    2,
    { changes: [{ kind: 'change', name: 'Archive', words: ['unticks Devices'] }], unchanged: [], others: ['Siem'] },
  ]);
  expect(await weir(['apply', file])).toMatchObject({
    code: 0,
    out: expect.stringContaining('Archive: changed\nSiem does not stand in the file'),
  });
  expect((await weir(['plan', file])).code).toBe(0);
});

test('deleted is only what is named; a destination that moves to another setting waits until it is free', async () => {
  const file = write([
    archive('Heir', 'AuditLogs'),
    { ...archive('Archive', 'AuditLogs'), destinations: { storage: { storageAccountId: account('cold') } } },
  ]);
  const result = await weir(['apply', '--prune', 'siem', file]);
  expect(result).toEqual({ code: 0, out: 'Siem: deleted\nArchive: changed\nHeir: created\n', err: '' });
  expect(await names()).toEqual(['Archive', 'Heir']);
});

test('what the server refuses is told with its sentence, the rest is done, and the end is 1', async () => {
  const bad = { ...archive('Bad', 'SignInLogs'), destinations: { storage: { storageAccountId: account('x') } } };
  const good = { ...archive('Good', 'Devices'), destinations: { storage: { storageAccountId: account('y') } } };
  const result = await weir(['apply', write([bad, good])]);
  expect(result.code).toBe(1);
  expect(result.err).toContain("Bad: not done. Category 'SignInLogs' is not supported.");
  expect(result.out).toContain('Good: created');
  const twice = await weir(['apply', write([archive('Thief', 'AuditLogs')])]);
  expect([twice.code, twice.err]).toEqual([1, expect.stringContaining("is already used in diagnostic setting 'Heir'")]);
});

test('no token, one that may not, another directory, an address that would show it, and a file that is not there', async () => {
  const file = write([]);
  expect((await weir(['plan', file], { WEIR_TOKEN: '' })).err).toContain('WEIR_TOKEN');
  const denied = await weir(['plan', file], { WEIR_TOKEN: server.token({ role: roles.security }) });
  expect([denied.code, denied.err]).toEqual([1, expect.stringContaining('intune.settings.read')]);
  const other = write([], { directory: '00000000-0000-4000-8000-000000000000' });
  expect((await weir(['plan', other])).err).toContain('and the token for Contoso');
  expect((await weir(['plan', file], { WEIR_URL: 'http://weir.contoso.com' })).err).toContain('is not https');
  expect((await weir(['plan', file, '--url', 'http://localhost:1'])).err).toContain('http://localhost:1 cannot be reached');
  expect((await weir(['plan', join(dir, 'nothing.json')])).err).toContain('there is no such file');
  for (const args of [[], ['aply', file], ['plan'], ['export', '--format', 'xml'], ['plan', file, file]])
    expect((await weir(args)).code).toBe(1);
});
