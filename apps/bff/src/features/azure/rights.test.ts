import { expect, test } from 'vitest';
import { HttpProblem } from '../../http/problem.ts';
import { Kept, KEPT_MS } from './kept.ts';
import { allows, mayDo } from './rights.ts';

const LIST_KEYS = 'Microsoft.Storage/storageAccounts/listKeys/action';

test.each<[string, { actions: string[]; notActions?: string[] }[], boolean]>([
  ['an owner', [{ actions: ['*'] }], true],
  ['a reader', [{ actions: ['*/read'] }], false],
  ['in other letters', [{ actions: ['microsoft.storage/storageaccounts/LISTKEYS/action'] }], true],
  ['of one provider', [{ actions: ['Microsoft.Storage/*'] }], true],
  ['of another provider', [{ actions: ['Microsoft.EventHub/*'] }], false],
  ['all but this', [{ actions: ['*'], notActions: ['Microsoft.Storage/storageAccounts/listKeys/action'] }], false],
  ['all but this, and this by another role', [{ actions: ['*'], notActions: ['*/action'] }, { actions: [LIST_KEYS] }], true],
  ['a dot is a dot', [{ actions: ['MicrosoftxStorage/*'] }], false],
  ['none', [], false],
])('%s: %j', (_who, permissions, expected) => {
  expect(allows(permissions, LIST_KEYS)).toBe(expected);
});

const account = '/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/a';

test('a right at the group holds for all in it; one at the resource alone is found there', async () => {
  const asked: string[] = [];
  const at = (rights: Record<string, string[]>) => async (scope: string) => {
    asked.push(scope);
    return [{ actions: rights[scope] ?? [] }];
  };
  expect(await mayDo(at({ '/subscriptions/s/resourceGroups/g': ['*'] }), account, LIST_KEYS)).toBe(true);
  expect(asked.splice(0)).toEqual(['/subscriptions/s/resourceGroups/g']);
  expect(await mayDo(at({ [account]: [LIST_KEYS] }), account, LIST_KEYS)).toBe(true);
  expect(asked.splice(0)).toEqual(['/subscriptions/s/resourceGroups/g', account]);
  expect(await mayDo(at({}), account, LIST_KEYS)).toBe(false);
});

test('when Azure does not tell, nothing is claimed; a step that the directory asks for is passed on', async () => {
  const failing = (problem: HttpProblem) => () => Promise.reject(problem);
  expect(await mayDo(failing(new HttpProblem('azure.failed', 'Too many requests.')), account, LIST_KEYS)).toBeUndefined();
  expect(await mayDo(async () => [{ actions: 7 }], account, LIST_KEYS)).toBeUndefined();
  await expect(mayDo(failing(new HttpProblem('claims.required', 'Sign in again.')), account, LIST_KEYS)).rejects.toThrow('Sign in again.');
});

test('an answer is kept for a moment and by who asked; a failure is not', async () => {
  let now = 0;
  let asked = 0;
  const kept = new Kept(() => now);
  const ask = () => Promise.resolve((asked += 1));
  expect([await kept.get('a /x', ask), await kept.get('a /x', ask), await kept.get('b /x', ask)]).toEqual([1, 1, 2]);
  now = KEPT_MS + 1;
  expect(await kept.get('a /x', ask)).toBe(3);
  kept.forget('a ');
  expect(await kept.get('a /x', ask)).toBe(4);
  await expect(kept.get('c /x', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await kept.get('c /x', ask)).toBe(5);
});
