import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { settingInput, settingName, sinkOf } from './index.ts';

const account = '/subscriptions/5f1c/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/contosologs';
const rule =
  '/subscriptions/5f1c/resourceGroups/siem/providers/Microsoft.EventHub/namespaces/contoso-siem/authorizationRules/RootManageSharedAccessKey';
const valid = { categories: [{ category: 'AuditLogs', retentionDays: 90 }], destinations: { storage: { storageAccountId: account } } };
const firstError = (input: unknown): string | undefined => {
  const result = settingInput.safeParse(input);
  return result.success ? undefined : `${result.error.issues[0]!.path.join('.')}: ${result.error.issues[0]!.message}`;
};

describe('the name of a setting', () => {
  test.each([...'<>*%&:\\?+/', '\u0000', '\n'])('cannot hold %j', (character) => {
    expect(settingName.safeParse(`archive${character}logs`).success).toBe(false);
  });
  test('has 1 to 260 characters', () => {
    expect(settingName.safeParse('').success).toBe(false);
    expect(settingName.safeParse('a').success).toBe(true);
    expect(settingName.safeParse('a'.repeat(260)).success).toBe(true);
    expect(settingName.safeParse('a'.repeat(261)).success).toBe(false);
  });
  test.each(['.', '..'])('is not %j, which means another place in an address', (name) => {
    expect(settingName.safeParse(name).success).toBe(false);
  });
  test('any other printable text is fine, in any script', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[^<>*%&:\\?+/\u0000-\u001f\u007f]{1,200}$/), (name) => {
        fc.pre(name.trim() === name && name.length <= 260 && name !== '.' && name !== '..');
        expect(settingName.safeParse(name).success).toBe(true);
      }),
    );
  });
});

describe('a setting', () => {
  test('needs a category and a destination, and says which is missing', () => {
    expect(firstError(valid)).toBeUndefined();
    expect(firstError({ ...valid, categories: [] })).toBe('categories: At least one log must be enabled: tick a category.');
    expect(firstError({ ...valid, destinations: {} })).toBe('destinations: Choose at least one destination.');
  });
  test('keeps data 0 to 365 whole days; left out is forever', () => {
    const days = (retentionDays: unknown) => firstError({ ...valid, categories: [{ category: 'AuditLogs', retentionDays }] });
    for (const bad of [-1, 366, 1.5, '30', null, Number.NaN]) expect(days(bad)).toMatch(/^categories\.0\.retentionDays: /);
    expect(days(0)).toBeUndefined();
    expect(days(365)).toBeUndefined();
    expect(settingInput.parse({ ...valid, categories: [{ category: 'AuditLogs' }] }).categories[0]!.retentionDays).toBe(0);
  });
  test('refuses a category that stands there twice, an unknown field and an id of the wrong kind', () => {
    expect(firstError({ ...valid, categories: [{ category: 'AuditLogs' }, { category: 'AuditLogs' }] })).toContain('twice');
    expect(firstError({ ...valid, retention: 3 })).toContain('retention');
    expect(firstError({ ...valid, destinations: { storage: { storageAccountId: rule } } })).toContain(
      'Expected the resource id of a storage account',
    );
    expect(firstError({ ...valid, destinations: { eventHub: { authorizationRuleId: rule, eventHubName: '-hub' } } })).toContain(
      'destinations.eventHub.eventHubName',
    );
  });
});

test('a sink is the same in any case of its id, and a hub is one sink whatever the policy', () => {
  expect(sinkOf('storage', { storageAccountId: account.toUpperCase() })).toBe(sinkOf('storage', { storageAccountId: account }));
  const other = rule.replace('RootManageSharedAccessKey', 'siem-send');
  expect(sinkOf('eventHub', { authorizationRuleId: rule, eventHubName: 'audit' })).toBe(
    sinkOf('eventHub', { authorizationRuleId: other, eventHubName: 'AUDIT' }),
  );
  expect(sinkOf('eventHub', { authorizationRuleId: rule, eventHubName: 'a' })).not.toBe(
    sinkOf('eventHub', { authorizationRuleId: rule, eventHubName: 'b' }),
  );
});
