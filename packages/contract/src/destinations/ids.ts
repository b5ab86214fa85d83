import { z } from 'zod';

/** ARM resource ids, matched without case as ARM does. */
const armId = (kind: string, pattern: RegExp, example: string) =>
  z
    .string()
    .max(2048)
    .regex(pattern, {
      error: (i) => `Expected the resource id of ${kind}, such as ${example}; found ${JSON.stringify(String(i.input).slice(0, 80))}.`,
    });

const group = '^/subscriptions/[^/]+/resourceGroups/[^/]+/providers/';
export const storageAccountId = armId(
  'a storage account',
  new RegExp(`${group}Microsoft\\.Storage/storageAccounts/[^/]+$`, 'i'),
  '/subscriptions/…/resourceGroups/…/providers/Microsoft.Storage/storageAccounts/contosologs',
);
export const authorizationRuleId = armId(
  'an event hub namespace policy',
  new RegExp(`${group}Microsoft\\.EventHub/namespaces/[^/]+/authorizationRules/[^/]+$`, 'i'),
  '/subscriptions/…/Microsoft.EventHub/namespaces/contoso-siem/authorizationRules/RootManageSharedAccessKey',
);
export const workspaceId = armId(
  'a Log Analytics workspace',
  new RegExp(`${group}Microsoft\\.OperationalInsights/workspaces/[^/]+$`, 'i'),
  '/subscriptions/…/Microsoft.OperationalInsights/workspaces/contoso-soc',
);
