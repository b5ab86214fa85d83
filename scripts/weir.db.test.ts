import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { deliver } from '@weir/engine';
import { openStore } from '@weir/store';
import { auditRecords, ScriptedDestination, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';

const TENANT = '7d5b7a36-2f0c-4b8e-9a51-3f1f0c9d1a01';
let database: Awaited<ReturnType<typeof testDatabase>>;
let dir: string;
beforeAll(async () => {
  database = await testDatabase();
  dir = mkdtempSync(join(tmpdir(), 'weir-cli-'));
});
afterAll(async () => {
  await database?.drop();
  rmSync(dir, { recursive: true, force: true });
});

/** Runs the command as a person would; `input` goes to its standard input. */
function weir(args: readonly string[], input = '', env: Record<string, string> = {}): Promise<{ code: number; out: string; err: string }> {
  return new Promise((done) => {
    const child = execFile(
      process.execPath,
      ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'weir.ts'), ...args],
      {
        env: {
          PATH: process.env['PATH'],
          DATABASE_URL: database.url,
          WEIR_DATA: dir,
          WEIR_DIRECTORIES: JSON.stringify([{ tenantId: TENANT, name: 'Contoso' }]),
          ...env,
        },
      },
      (error, out, err) => done({ code: error ? Number(error.code) : 0, out, err }),
    );
    child.stdin!.end(input);
  });
}
const event = (n: number) => ({
  id: `0000000${n}-0000-4000-8000-000000000000`,
  displayName: 'Create policy',
  activityDateTime: `2026-11-0${n}T10:00:00.1234567Z`,
  activityType: 'Create DeviceConfiguration',
  activityOperationType: 'Create',
  activityResult: 'Success',
  category: 'DeviceConfiguration',
  actor: { auditActorType: 'ItPro', userPrincipalName: 'maya@contoso.example' },
  resources: [{ displayName: 'Wi-Fi', resourceId: 'x', modifiedProperties: [] }],
});

test('help explains itself; an unknown command and an unknown option do not pass', async () => {
  const help = await weir(['--help']);
  expect([help.code, help.err]).toEqual([0, '']);
  for (const word of ['import', 'settings', 'migrate', 'sandbox', 'token', 'fault', 'verify', 'delivery'])
    expect(help.out).toContain(`weir ${word}`);
  expect(await weir(['imprt'])).toMatchObject({ code: 2, err: expect.stringContaining('There is no command named imprt') });
  expect(await weir(['--frob'])).toMatchObject({ code: 2, err: expect.stringContaining('--frob') });
});

test('migrate makes an empty database ready, and says when there is nothing to do', async () => {
  expect((await weir(['migrate'])).out).toContain('0001_log.sql');
  expect((await weir(['migrate'])).out).toBe('The database is up to date.\n');
});

test('import keeps what it can, counts doubles, and names each refused line with its reason', async () => {
  const lines = [JSON.stringify(event(1)), '{"broken":', JSON.stringify(event(2)), '[1]', JSON.stringify(event(1))].join('\n');
  const piped = await weir(['import', '-'], lines);
  expect(piped.code).toBe(1);
  expect(piped.out).toBe('-: 2 accepted, 1 duplicates, 2 refused\n');
  expect(piped.err).toMatch(/^-:2: .+\n-:4: .+\n$/);

  writeFileSync(join(dir, 'array.json'), JSON.stringify([event(1), event(3)]));
  writeFileSync(join(dir, 'more.ndjson.gz'), gzipSync(`${JSON.stringify(event(4))}\n`));
  const files = await weir(['import', '--json', join(dir, 'array.json'), join(dir, 'more.ndjson.gz')]);
  expect([files.code, JSON.parse(files.out)]).toEqual([
    0,
    expect.objectContaining({ tenantId: TENANT, accepted: 2, duplicates: 1, refused: 0 }),
  ]);
});

test(
  'verify: 0 when the log holds, 1 when it is not the one whose head was kept, 2 when it cannot be said',
  { timeout: 60_000 },
  async () => {
    const head = await weir(['verify', '--head', '--json']);
    const { heads } = JSON.parse(head.out) as { heads: { category: string; seq: number; digest: string }[] };
    const log = heads.find((h) => h.category === 'AuditLogs')!;
    expect([head.code, log]).toEqual([0, expect.objectContaining({ seq: 4, digest: expect.stringMatching(/^[0-9a-f]{64}$/) })]);
    const holds = await weir(['verify', '--log', '--category', 'AuditLogs', '--expect', `4:${log.digest}`]);
    expect([holds.code, holds.err]).toEqual([0, '']);
    expect(holds.out).toMatch(
      /^Log microsoft\.intune\/AuditLogs\n {2}Holds: every record is there once and unaltered\.\n {2}Records 1 to 4: 4 /,
    );
    const differs = await weir(['verify', '--log', '--category', 'AuditLogs', '--expect', `4:${'0'.repeat(64)}`]);
    expect([differs.code, differs.out]).toEqual([1, expect.stringContaining('chain broken:')]);
    const json = await weir(['verify', 'log', '--json', '--from', '2']);
    expect([json.code, JSON.parse(json.out)]).toEqual([
      0,
      expect.objectContaining({ result: 'holds', reports: [expect.objectContaining({ kind: 'log' })] }),
    ]);
    const wrong = [
      [['verify'], 'Say what to verify: storage, event-hub or log.'],
      [['verify', 'tape', '--setting', 'x'], 'There is no tape.'],
      [['verify', 'storage'], 'Say with --setting'],
      [['verify', 'storage', '--setting', 'None'], 'There is no diagnostic setting named None'],
      [['verify', '--log', '--category', 'Nothing'], 'There is no record of the category Nothing'],
      [['verify', '--log', '--expect', 'abc'], '--expect takes a head'],
      [['verify', '--log', '--from', 'yesterday'], '--from takes a sequence number or a time'],
    ] as const;
    const answers = await Promise.all(wrong.map(([args]) => weir(args)));
    for (const [i, [, said]] of wrong.entries()) expect(answers[i]).toMatchObject({ code: 2, out: '', err: expect.stringContaining(said) });
  },
);

test('what cannot work is said in one sentence, without a stack', async () => {
  for (const [args, env, said] of [
    [['import', join(dir, 'none.json')], {}, 'there is no such file'],
    [['import'], {}, 'Name the files to import'],
    [['import', '--tenant', 'Nowhere', '-'], {}, 'No directory is named Nowhere. There are: Contoso.'],
    [['sandbox'], {}, 'No sandbox runs on'],
    [['token', '--as', 'Indra'], {}, 'No sandbox runs on'],
    [['fault', 'blob', 'down'], {}, 'No sandbox runs on'],
    [['migrate'], { DATABASE_URL: 'postgres://postgres:secret@127.0.0.1:1/none' }, 'The database cannot be used'],
  ] as const) {
    const answer = await weir(args, '', env);
    expect(answer).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect(answer.err).not.toMatch(/\n\s+at |secret/);
  }
});

test('delivery: lists, pauses, resumes, replays and resends one delivery, and each change names the user of this machine', async () => {
  const store = openStore({ url: database.url, applicationName: 'test' });
  await store.migrate();
  const tenantId = crypto.randomUUID();
  const tenant = store.forTenant(tenantId);
  const admin = { oid: '1', upn: 'indra.rao@contoso.example', name: 'Indra Rao', correlationId: 'trace' };
  const run = (...args: string[]) => weir(['delivery', ...args, '--tenant', tenantId]);
  try {
    expect(await run('pause')).toMatchObject({ code: 1, err: expect.stringContaining('This directory has no deliveries') });
    await tenant.settings.create(
      'microsoft.intune',
      'SIEM',
      {
        categories: ['AuditLogs', 'Devices'].map((category) => ({ category, retentionDays: 0 })),
        destinations: {
          logAnalytics: { workspaceId: '/subscriptions/s/resourceGroups/g/providers/Microsoft.OperationalInsights/workspaces/w' },
        },
      },
      admin,
    );
    await store.log.append(tenantId, auditRecords(10));
    const destination = new ScriptedDestination();
    destination.refuse = ({ seq }) => (seq === 4 ? { code: 'test', message: 'made by the test', remedy: null } : null);
    const options = {
      worker: { leaseMs: 60_000 },
      timeoutMs: 9_000,
      sliceMs: 9_000,
      now: () => new Date(),
      signal: new AbortController().signal,
    };
    for (const lease of await store.deliveries.claim('w', 60_000, 9)) await deliver(store.deliveries, lease, destination, options);
    expect(destination.held).toEqual([1, 2, 3, 5, 6, 7, 8, 9, 10]);

    const listed = JSON.parse((await run('list', '--json', '--category', 'auditlogs')).out) as { id: string }[];
    expect(listed).toMatchObject([
      { setting: 'SIEM', type: 'logAnalytics', status: 'Healthy', checkpoint: 10, waiting: 0, quarantined: 1 },
    ]);
    const { id } = listed[0]!;
    expect((await run('list')).out).toMatch(new RegExp(`${id} +Healthy +SIEM, AuditLogs, logAnalytics: at 10, 0 waiting, 1 in quarantine`));
    // Two fit: none is changed, both are named.
    const both = await run('pause', '--setting', 'siem', '--type', 'log-analytics');
    expect(both).toMatchObject({ code: 1, err: expect.stringContaining('more than one') });
    expect(both.err).toContain(id);
    expect(await run('pause', '--setting', 'Other')).toMatchObject({
      code: 1,
      err: expect.stringContaining('There is no such delivery (Other)'),
    });
    for (const [args, said] of [
      [['replay', id], 'Say with --from'],
      [['replay', id, '--from', '2026-11-20T08:00'], 'a time with its zone'],
      [['replay', id, '--from', '11'], 'has passed no record'],
      [['resend', id, '--sequence', '4,x'], 'not x'],
      [['stop', id], 'There is list, pause'],
    ] as const)
      expect(await run(...args)).toMatchObject({ code: 1, err: expect.stringContaining(said) });
    expect((await tenant.deliveries.get(id))!.paused).toBeNull();

    expect(await run('pause', id, '--reason', 'Maintenance')).toMatchObject({ code: 0, out: expect.stringContaining('is paused') });
    const user = `${userInfo().username}@${hostname()}`;
    expect((await tenant.deliveries.get(id))!.paused).toMatchObject({ by: user, reason: 'Maintenance' });
    expect((await run('replay', '--category', 'AuditLogs', '--from', '6')).out).toContain(
      'from 6 to 10 again. It begins when the delivery is resumed',
    );
    expect((await run('resend', id)).out).toContain('1 of the quarantine');
    expect((await run('resend', id)).out).toContain('Nothing is in quarantine that is not on its way');
    expect((await run('resume', id)).out).toContain('goes on after record 10');
    const state = (await tenant.deliveries.get(id))!;
    expect([state.paused, state.replays.map((r) => [r.kind, r.fromSeq, r.createdBy])]).toEqual([
      null,
      [
        ['resend', 4, user],
        ['replay', 6, user],
      ],
    ]);
    const own = await tenant.proof.read({ provider: 'weir', category: 'AdminCenterLogs' }, 0, 100, 1 << 20);
    const told = own.records.map(
      (r) => JSON.parse(r.body.toString()) as { operationName: string; properties: { Actor: object; Reason?: string } },
    );
    expect(told.slice(1).map((t) => t.operationName)).toEqual([
      'Pause delivery',
      'Start replay',
      'Resend quarantined records',
      'Resume delivery',
    ]);
    expect(told[1]!.properties).toMatchObject({
      Reason: 'Maintenance',
      Actor: { UPN: user, ObjectId: `os-user:${userInfo().uid}`, Name: `${user} (operating system user, by the command line)` },
    });
  } finally {
    await store.close();
  }
});
