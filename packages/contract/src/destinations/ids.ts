import { z } from 'zod';

/** ARM resource ids, matched without case as ARM does. */
const armId = (kind: string, empty: string, pattern: RegExp, example: string) =>
  z
    .string({ error: empty })
    .min(1, { error: empty, abort: true })
    .max(2048, 'A resource id has at most 2,048 characters.')
    .regex(pattern, {
      error: (i) => `Expected the resource id of ${kind}, such as ${example}; found ${JSON.stringify(String(i.input).slice(0, 80))}.`,
    });

/** One name in an id. What would lead elsewhere in an address is refused: the id becomes a path that Weir's own identity calls. */
const name = '(?!\\.{1,2}(?:/|$))[-\\p{L}\\p{N}_.()]+';
const group = `^/subscriptions/${name}/resourceGroups/${name}/providers/`;
const resource = (rest: string) => new RegExp(`${group}${rest}$`, 'iu');
export const namespacePattern = resource(`Microsoft\\.EventHub/namespaces/${name}`);
export const storageAccountId = armId(
  'a storage account',
  'Choose a storage account.',
  resource(`Microsoft\\.Storage/storageAccounts/${name}`),
  '/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/contosologs',
);
export const authorizationRuleId = armId(
  'an event hub namespace policy',
  'Choose a policy.',
  resource(`Microsoft\\.EventHub/namespaces/${name}/authorizationRules/${name}`),
  '/subscriptions/…/Microsoft.EventHub/namespaces/contoso-siem/authorizationRules/RootManageSharedAccessKey',
);
export const workspaceId = armId(
  'a Log Analytics workspace',
  'Choose a workspace, or create one.',
  resource(`Microsoft\\.OperationalInsights/workspaces/${name}`),
  '/subscriptions/…/Microsoft.OperationalInsights/workspaces/contoso-soc',
);
