import type { TokenCredential } from '@azure/core-auth';
import { partnerOf, tableOf, type DestinationType, type SettingInput } from '@weir/contract';
import type { Secrets } from '@weir/engine';
import { ArmClient, ArmError, apiVersions } from './azure/arm.ts';
import { hubName } from './event-hub/index.ts';
import { ruleIdOf, type DataCollectionRule } from './log-analytics/index.ts';
import { columns, streamOf } from './log-analytics/workspace.ts';
import type { NetworkPolicy } from './http/client.ts';
import { preparePartner } from './prepare-partner.ts';
import { storageAccess } from './storage/index.ts';

export interface SettingFault {
  /** The field, as the API names it. */
  path: string;
  message: string;
}
export interface PrepareOptions {
  /** The admin's own, on behalf of. */
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  provider: string;
  input: SettingInput;
  /** What a partner solution needs: its secrets, and where one may be. */
  tenantId?: string;
  secrets?: Partial<Record<DestinationType, Secrets>>;
  network?: NetworkPolicy;
}

/**
 * Makes the destinations ready before a setting is saved, with the admin's own rights: checks that keys can be listed,
 * creates hubs, tables and the data collection rule; tries a partner solution. Returns what is wrong, field by field; empty when all is ready.
 */
export async function prepareDestinations(options: PrepareOptions): Promise<SettingFault[]> {
  const arm = new ArmClient({ credential: options.credential, endpoint: options.armEndpoint, scope: options.armScope });
  const { storage, eventHub, logAnalytics } = options.input.destinations;
  const categories = options.input.categories.map((c) => c.category);
  const faults: SettingFault[] = [];
  const attempt = async (path: string, what: string, work: () => Promise<string | null>): Promise<void> => {
    try {
      const wrong = await work();
      if (wrong) faults.push({ path, message: wrong });
    } catch (error) {
      if (!(error instanceof ArmError) || error.status === 401) throw error;
      faults.push({ path, message: `${what} ${error.message}` });
    }
  };
  const partner = partnerOf(options.input.destinations);
  const secrets = partner && options.secrets?.[partner];
  await Promise.all([
    partner &&
      secrets &&
      preparePartner(partner, options.input.destinations, secrets, {
        network: options.network ?? { privateAddresses: '', allowHttp: false },
        tenantId: options.tenantId ?? '',
      }).then((found) => faults.push(...found)),
    storage &&
      attempt('destinations.storage.storageAccountId', 'The keys of this storage account cannot be listed (ListKeys).', async () => {
        const account = await arm.get<{ sku?: { tier?: string; name?: string } }>(storage.storageAccountId, apiVersions.storage);
        if (account.sku?.tier === 'Premium' || account.sku?.name?.startsWith('Premium'))
          return 'Premium storage cannot be used: it has no append blobs. Choose a general-purpose v2 account.';
        await storageAccess(arm, storage);
        return null;
      }),
    eventHub &&
      attempt('destinations.eventHub.authorizationRuleId', 'This policy cannot be used.', async () => {
        const rule = await arm.get<{ properties: { rights: string[] } }>(eventHub.authorizationRuleId, apiVersions.eventHub);
        const missing = ['Manage', 'Send', 'Listen'].filter((right) => !rule.properties.rights.includes(right));
        if (missing.length > 0) return `The policy needs Manage, Send and Listen; it lacks ${missing.join(' and ')}.`;
        await arm.post(`${eventHub.authorizationRuleId}/listKeys`, apiVersions.eventHub);
        const namespace = eventHub.authorizationRuleId.split(/\/authorizationRules\//i)[0]!;
        for (const hub of new Set(categories.map((c) => hubName(eventHub, c)))) await ensureHub(arm, `${namespace}/eventhubs/${hub}`);
        return null;
      }),
    logAnalytics &&
      attempt('destinations.logAnalytics.workspaceId', 'The workspace cannot be made ready.', async () => {
        await ensureRule(arm, logAnalytics.workspaceId, ruleIdOf(logAnalytics), options.provider, categories);
        return null;
      }),
  ]);
  return faults;
}

async function ensureHub(arm: ArmClient, id: string): Promise<void> {
  try {
    await arm.get(id, apiVersions.eventHub);
  } catch (error) {
    if (!(error instanceof ArmError) || error.status !== 404) throw error;
    await arm.put(id, apiVersions.eventHub, { properties: { partitionCount: 4, messageRetentionInDays: 1 } });
  }
}

async function ensureRule(
  arm: ArmClient,
  workspaceId: string,
  ruleId: string,
  provider: string,
  categories: readonly string[],
): Promise<void> {
  const workspace = await arm.get<{ location: string }>(workspaceId, apiVersions.operationalInsights);
  for (const category of categories) {
    const table = tableOf(provider, category);
    await arm.put(`${workspaceId}/tables/${table}`, apiVersions.operationalInsights, { properties: { schema: { name: table, columns } } });
  }
  const existing = await arm.get<DataCollectionRule>(ruleId, apiVersions.insights).catch((error: unknown) => {
    if (error instanceof ArmError && error.status === 404) return null;
    throw error;
  });
  // Streams of other settings that send here stay: the rule serves the whole workspace.
  const streams = new Set([...Object.keys(existing?.properties.streamDeclarations ?? {}), ...categories.map((c) => streamOf(provider, c))]);
  await arm.put(ruleId, apiVersions.insights, {
    location: existing?.location ?? workspace.location,
    kind: 'Direct',
    properties: {
      streamDeclarations: Object.fromEntries([...streams].map((s) => [s, { columns }])),
      destinations: { logAnalytics: [{ workspaceResourceId: workspaceId, name: 'workspace' }] },
      dataFlows: [...streams].map((s) => ({ streams: [s], destinations: ['workspace'], transformKql: 'source', outputStream: s })),
    },
  });
}
