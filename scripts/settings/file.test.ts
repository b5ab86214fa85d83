import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SettingInput, SettingView } from '@weir/contract';
import { afterAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { readSettingsFile, settingsIn, writeSettings } from './file.ts';
import { planOf } from './plan.ts';

const account = (name: string) => `/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/${name}`;
const input = (name = 'contosologs', days = 30): SettingInput => ({
  categories: [{ category: 'AuditLogs', retentionDays: days }],
  destinations: { storage: { storageAccountId: account(name) } },
});
type Live = Pick<SettingView, 'name' | 'version' | 'categories' | 'destinations' | 'secrets'>;
const live = (name: string, more: Partial<Live> = {}): Live => ({ name, version: 3, secrets: [], ...input(), ...more }) as Live;
const splunk = { url: 'https://splunk.example:8088' };
const withSplunk = live('Siem', {
  destinations: { splunk },
  secrets: [{ path: 'destinations.splunk.token', setAt: '2026-11-01T00:00:00Z' }],
});
const none = { prune: [], sendSecrets: false };
const dir = mkdtempSync(join(tmpdir(), 'weir-settings-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));
const read = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return readSettingsFile(join(dir, name));
};

test('what is exported reads back as it is, as JSON and as YAML, in one order, and needs no change', () => {
  const settings = [
    withSplunk,
    live('archive "of" it #1', { categories: ['Devices', 'AuditLogs'].map((category) => ({ category, retentionDays: 7 })) }),
    live('Backup', { destinations: { storage: { storageAccountId: account('b') } } }),
  ];
  for (const format of ['json', 'yaml'] as const) {
    const text = writeSettings(settings, format);
    expect(text).toBe(
      writeSettings(
        settings.toReversed().map((s) => ({ ...s, categories: s.categories.toReversed() })),
        format,
      ),
    );
    expect((parse(text) as { settings: { name: string }[] }).settings.map((s) => s.name)).toEqual(['archive "of" it #1', 'Backup', 'Siem']);
    const file = read(`all.${format}`, text);
    expect(file.settings[2]!.secrets).toEqual([{ type: 'splunk', field: 'token', env: 'WEIR_SIEM_SPLUNK_TOKEN' }]);
    expect(planOf(file.settings, settings, none)).toMatchObject({ changes: [], others: [] });
  }
});

test.each<[string, unknown, RegExp]>([
  ['a list', [], /expected an object/],
  ['no settings', {}, /settings: Expected a list/],
  ['another provider', { provider: 'microsoft.aadiam', settings: [] }, /provider: Only microsoft\.intune/],
  ['an unknown field', { setings: [], settings: [] }, /setings: There is no such field/],
  ['an unknown field of a setting', { settings: [{ name: 'A', ...input(), retention: 1 }] }, /There is no field "retention"/],
  ['a name that cannot be', { settings: [{ name: 'a/b', ...input() }] }, /settings\[0\]\.name: A name cannot hold/],
  ['no name', { settings: [input()] }, /settings\[0\]\.name: Enter a name/],
  [
    'a name twice',
    {
      settings: [
        { name: 'A', ...input() },
        { name: 'a', ...input('b') },
      ],
    },
    /settings\[1\]\.name: 'a' stands there twice/,
  ],
  ['no category', { settings: [{ name: 'A', ...input(), categories: [] }] }, /settings\[0\]\.categories: At least one log/],
  [
    'days as text',
    { settings: [{ name: 'A', ...input(), categories: [{ category: 'AuditLogs', retentionDays: '30' }] }] },
    /settings\[0\]\.categories\.0\.retentionDays: Enter whole days/,
  ],
  ['a directory that is none', { directory: 'Contoso', settings: [] }, /directory: Expected a tenant id/],
  [
    'a variable that cannot be',
    { settings: [{ name: 'A', ...input(), destinations: { splunk: { ...splunk, token: { env: 'MY-TOKEN' } } } }] },
    /A secret does not stand in a file/,
  ],
])('%s is refused, with its place', (_what, value, message) => {
  expect(() => settingsIn(value, 'file')).toThrow(message);
});

test('a secret in a file is refused without being repeated, also where the file cannot be read', () => {
  const token = 'f00dfeed-0000-4000-8000-c0ffeec0ffee';
  const messages = [
    JSON.stringify({ settings: [{ name: 'A', ...input(), destinations: { splunk: { ...splunk, token } } }] }),
    `{"settings":[{"token":"${token}" "x"}]}`,
  ].map((text, i) => {
    try {
      read(`secret${i}.json`, text);
      return 'taken';
    } catch (error) {
      return (error as Error).message;
    }
  });
  expect(messages[0]).toContain('settings[0].destinations.splunk.token: A secret does not stand in a file');
  expect(messages[1]).toContain('is no JSON');
  expect(() => read('bad.yaml', `a: [1\ntoken: "${token}`)).toThrow(/is no YAML \(line \d+, column \d+\)\.$/);
  expect(messages.join()).not.toContain(token);
});

test('a plan tells in words what differs, and only that', () => {
  const wanted = settingsIn(
    {
      settings: [
        {
          name: 'ARCHIVE',
          categories: [{ category: 'AuditLogs', retentionDays: 90 }, { category: 'Devices' }],
          destinations: {
            storage: { storageAccountId: account('CONTOSOLOGS') },
            splunk: { ...splunk, index: 'intune', token: { env: 'T' } },
          },
        },
        { name: 'New', ...input('other', 0) },
      ],
    },
    'file',
  ).settings;
  const plan = planOf(
    wanted,
    [
      live('Archive', {
        categories: [
          { category: 'AuditLogs', retentionDays: 30 },
          { category: 'OperationalLogs', retentionDays: 0 },
        ],
      }),
      live('Old', {}),
    ],
    none,
  );
  expect(plan).toEqual({
    changes: [
      expect.objectContaining({
        kind: 'change',
        name: 'Archive',
        version: 3,
        words: [
          'AuditLogs is kept for 90 days, not kept for 30 days',
          'ticks Devices, kept forever',
          'unticks OperationalLogs',
          'sends to splunk',
          'splunk.index is "intune"',
          'splunk.url is "https://splunk.example:8088"',
          'sends the token of splunk from T',
        ],
      }),
      expect.objectContaining({
        kind: 'create',
        name: 'New',
        words: ['ticks AuditLogs, kept forever', 'sends to storage', `storage.storageAccountId is "${account('other')}"`],
      }),
    ],
    unchanged: [],
    others: ['Old'],
  });
});

test('what has no words of its own here is told by its name: nothing that differs goes unsaid', () => {
  const more = {
    ...live('Siem'),
    destinations: { storage: { storageAccountId: account('contosologs'), intervalSeconds: 60 } },
  } as unknown as Live;
  const file = [{ name: 'Siem', input: input(), secrets: [] }];
  expect(planOf(file, [more], none)).toMatchObject({ changes: [{ words: ['storage.intervalSeconds is left out, was 60'] }] });
});

test('a stored secret is kept for the same place, sent for another one, and sent again when that is asked', () => {
  const wanted = (url: string) =>
    settingsIn(
      { settings: [{ name: 'Siem', categories: input().categories, destinations: { splunk: { url, token: { env: 'T' } } } }] },
      'file',
    ).settings;
  expect(planOf(wanted(splunk.url), [withSplunk], none)).toMatchObject({ changes: [] });
  expect(planOf(wanted(splunk.url), [{ ...withSplunk, secrets: [] }], none)).toMatchObject({ changes: [{ secrets: [{ env: 'T' }] }] });
  expect(planOf(wanted('https://other.example'), [withSplunk], none)).toMatchObject({ changes: [{ secrets: [{ env: 'T' }] }] });
  expect(planOf(wanted(splunk.url), [withSplunk], { prune: [], sendSecrets: true })).toMatchObject({
    changes: [{ secrets: [{ env: 'T' }] }],
  });
});

test('nothing is deleted but what is named, and that must exist and not stand in the file', () => {
  const file = [{ name: 'Archive', input: input(), secrets: [] }];
  const prune = (...names: string[]) => planOf(file, [live('Archive'), live('Old')], { prune: names, sendSecrets: false });
  expect(prune()).toMatchObject({ changes: [], others: ['Old'] });
  expect(prune('old')).toMatchObject({ changes: [{ kind: 'delete', name: 'Old' }], others: [] });
  expect(prune('Archive')).toEqual({ refused: expect.stringContaining('stands in the file') });
  expect(prune('Nothing')).toEqual({ refused: expect.stringContaining("no diagnostic setting 'Nothing'") });
});
