import { NAME_TAKEN, SECRET_ELSEWHERE, SECRET_MISSING } from '@weir/contract';
import { describe, expect, test } from 'vitest';
import { fieldOf, initialState, isChanged, toInput, withoutErrors, type Surroundings } from './form-state.ts';

const names = ['AuditLogs', 'OperationalLogs'];
const account = '/subscriptions/5f1c/resourceGroups/logs/providers/Microsoft.Storage/storageAccounts/contosologs';
const rule = '/subscriptions/5f1c/resourceGroups/siem/providers/Microsoft.EventHub/namespaces/contoso-siem/authorizationRules/Root';

describe('the form', () => {
  test('names every empty field at once', () => {
    const state = initialState(names);
    state.eventHub.on = true;
    state.storage.on = true;
    const { errors } = toInput(state);
    expect(Object.keys(errors ?? {}).toSorted()).toEqual([
      'categories',
      'destinations.eventHub.authorizationRuleId',
      'destinations.eventHub.namespaceId',
      'destinations.eventHub.subscriptionId',
      'destinations.storage.storageAccountId',
      'destinations.storage.subscriptionId',
      'name',
    ]);
    expect(errors?.['name']).toBe('Enter a name.');
    expect(errors?.['destinations.storage.storageAccountId']).toBe('Choose a storage account.');
    expect(errors?.['destinations.eventHub.authorizationRuleId']).toBe('Choose a policy.');
  });

  test('a saved setting comes back as it was saved', () => {
    const input = {
      categories: [{ category: 'OperationalLogs', retentionDays: 30 }],
      destinations: { storage: { storageAccountId: account }, eventHub: { authorizationRuleId: rule, eventHubName: 'audit' } },
    };
    const view = {
      condition: null,
      masks: [],
      batching: {},
      ...input,
      name: 'Archive',
      provider: 'microsoft.intune',
      version: 3,
      createdAt: '',
      updatedAt: '',
      secrets: [],
      deliveries: [],
      legalHold: null,
      retentionFault: null,
    };
    const state = initialState(names, view);
    expect(state.eventHub.namespaceId).toBe(rule.split('/authorizationRules')[0]);
    expect(toInput(state).input).toEqual(input);
    expect(isChanged(state, initialState(names, view))).toBe(false);
  });

  test('says at the category when its days are wrong, and leaves days out of it without storage', () => {
    const state = initialState(names);
    state.name = 'Archive';
    state.categories['OperationalLogs'] = { on: true, days: '400' };
    state.storage = { on: true, subscriptionId: '5f1c', storageAccountId: account };
    expect(toInput(state).errors).toEqual({ 'categories.OperationalLogs': 'Enter 0 (forever) to 365 days.' });
    state.storage.on = false;
    state.eventHub = { on: true, subscriptionId: '5f1c', namespaceId: 'x', authorizationRuleId: rule, eventHubName: '' };
    expect(toInput(state).input?.categories).toEqual([{ category: 'OperationalLogs', retentionDays: 0 }]);
  });

  test('a partner solution is chosen and named field by field; an empty secret is left out, so that the stored one stays', () => {
    const state = initialState(names);
    state.name = 'Siem';
    state.categories['AuditLogs'] = { on: true, days: '0' };
    state.partner.on = true;
    expect(toInput(state).errors?.['destinations.partner']).toBe('Choose a partner solution.');
    state.partner.type = 'elastic';
    state.partner.values.elastic = { url: 'https://u:p@es.example', index: 'Audit Logs', apiKey: 'x' };
    expect(Object.keys(toInput(state).errors!).toSorted()).toEqual([
      'destinations.elastic.apiKey',
      'destinations.elastic.index',
      'destinations.elastic.url',
    ]);
    state.partner.values.elastic = { url: 'https://es.example:9243/', index: 'audit', apiKey: '' };
    expect(toInput(state).input?.destinations).toEqual({ elastic: { url: 'https://es.example:9243', index: 'audit' } });
    state.partner.type = 'webhook';
    state.partner.values.webhook = { url: 'https://hooks.example/a?b=c', maxKilobytes: '8', secret: 'whsec_c2hvcnQ=' };
    expect(Object.keys(toInput(state).errors!).toSorted()).toEqual(['destinations.webhook.maxKilobytes', 'destinations.webhook.secret']);
  });

  test('filter, masking, batching and history: what is empty is left out, a saved one comes back, what is wrong is named', () => {
    const state = initialState(names);
    state.name = 'Siem';
    state.categories['AuditLogs'] = { on: true, days: '0' };
    state.eventHub = { on: true, subscriptionId: '5f1c', namespaceId: 'x', authorizationRuleId: rule, eventHubName: '' };
    state.batching.eventHub.seconds = '300';
    state.batching.storage.seconds = '0';
    expect(toInput(state).input).toMatchObject({ batching: { eventHub: { intervalSeconds: 300 } } });
    state.shaping = { condition: ' actor:maya* ', masks: [{ path: 'identity', how: 'hash' }] };
    state.historyFrom = '2026-11-01T08:30';
    const { input } = toInput(state);
    expect(input).toMatchObject({
      condition: 'actor:maya*',
      masks: [{ path: 'identity', how: 'hash' }],
      includeHistoryFrom: '2026-11-01T08:30:00.000Z',
    });
    state.shaping.condition = 'actor:maya* time>2026';
    state.shaping.masks.push({ path: 'properties..x', how: 'drop' }, { path: 'Identity.UPN', how: 'drop' });
    state.batching.eventHub.seconds = '0.5';
    const { errors } = toInput(state);
    expect(Object.keys(errors!).toSorted()).toEqual(['batching.eventHub.intervalSeconds', 'condition', 'masks.1.path', 'masks.2.path']);
    expect(Object.keys(withoutErrors(errors!, ['shaping']))).toEqual(['batching.eventHub.intervalSeconds']);
  });

  test('looks at the other settings: a name that is taken, a sink that is used for the category', () => {
    const others = [{ name: 'Archive', categories: [{ category: 'AuditLogs' }], destinations: { storage: { storageAccountId: account } } }];
    const state = initialState(names);
    state.name = 'ARCHIVE';
    state.categories['AuditLogs'] = { on: true, days: '0' };
    state.storage = {
      on: true,
      subscriptionId: '5f1c',
      storageAccountId: account.toUpperCase().replace('/SUBSCRIPTIONS', '/subscriptions'),
    };
    const around = { others, saved: null };
    expect(toInput(state, around).errors).toMatchObject({
      name: NAME_TAKEN,
      'destinations.storage.storageAccountId': expect.stringContaining("is already used in diagnostic setting 'Archive'") as string,
    });
    // Of another category it may be used, and an empty picker is no sink that two share.
    state.name = 'Second';
    state.categories = { OperationalLogs: { on: true, days: '0' } };
    expect(toInput(state, around).errors).toBeNull();
    state.categories = { AuditLogs: { on: true, days: '0' } };
    state.storage.storageAccountId = '';
    expect(toInput(state, around).errors).toEqual({ 'destinations.storage.storageAccountId': 'Choose a storage account.' });
  });

  test('a secret must be entered once, and anew for another address', () => {
    const state = initialState(names);
    state.name = 'Siem';
    state.categories['AuditLogs'] = { on: true, days: '0' };
    state.partner.on = true;
    state.partner.type = 'elastic';
    state.partner.values.elastic = { url: 'https://es.example', index: 'audit', apiKey: '' };
    const wrong = (saved: Surroundings['saved']) => toInput(state, { others: [], saved }).errors;
    expect(wrong(null)).toEqual({ 'destinations.elastic.apiKey': SECRET_MISSING });
    const secrets = [{ path: 'destinations.elastic.apiKey', setAt: '' }];
    expect(wrong({ secrets, destinations: { elastic: { url: 'https://es.example', index: 'other' } } })).toBeNull();
    expect(wrong({ secrets, destinations: { elastic: { url: 'https://elsewhere.example', index: 'audit' } } })).toEqual({
      'destinations.elastic.apiKey': SECRET_ELSEWHERE,
    });
  });

  test('finds the field that a problem names', () => {
    expect(fieldOf(['categories', '1', 'retentionDays'], names)).toBe('categories.OperationalLogs');
    expect(fieldOf(['body', 'destinations', 'storage', 'storageAccountId'], names)).toBe('destinations.storage.storageAccountId');
  });
});
