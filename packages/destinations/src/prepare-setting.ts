import type { TokenCredential } from '@azure/core-auth';
import {
  hubFault,
  namespaceFault,
  neededRights,
  partnerOf,
  policyFault,
  storageFault,
  tableOf,
  workspaceFault,
  type DestinationType,
  type ResourceFacts,
  type SettingInput,
} from '@weir/contract';
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
  const attempt = async (path: string, type: keyof typeof failed, work: () => Promise<string | null>): Promise<void> => {
    try {
      const wrong = await work();
      if (wrong) faults.push({ path, message: wrong });
    } catch (error) {
      if (!(error instanceof ArmError) || error.status === 401) throw error;
      const what = error.status === 403 ? neededRights[type].message : failed[type];
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
      attempt('destinations.storage.storageAccountId', 'storage', async () => {
        const wrong = storageFault(await arm.get<ResourceFacts>(storage.storageAccountId, apiVersions.storage));
        if (wrong) return wrong;
        await storageAccess(arm, storage);
        return null;
      }),
    eventHub &&
      attempt('destinations.eventHub.authorizationRuleId', 'eventHub', async () => {
        const wrong = policyFault(await arm.get<ResourceFacts>(eventHub.authorizationRuleId, apiVersions.eventHub));
        if (wrong) return wrong;
        await arm.post(`${eventHub.authorizationRuleId}/listKeys`, apiVersions.eventHub);
        const namespace = eventHub.authorizationRuleId.split(/\/authorizationRules\//i)[0]!;
        const closed = namespaceFault(await arm.get<ResourceFacts>(namespace, apiVersions.eventHub));
        if (closed) {
          faults.push({ path: 'destinations.eventHub.namespaceId', message: closed });
          return null;
        }
        for (const hub of new Set(categories.map((c) => hubName(eventHub, c)))) {
          const refused = await ensureHub(arm, `${namespace}/eventhubs/${hub}`);
          if (refused) faults.push({ path: 'destinations.eventHub.eventHubName', message: refused });
        }
        return null;
      }),
    logAnalytics &&
      attempt('destinations.logAnalytics.workspaceId', 'logAnalytics', () =>
        ensureRule(arm, logAnalytics.workspaceId, ruleIdOf(logAnalytics), options.provider, categories),
      ),
  ]);
  return faults;
}

/** What is said when Azure refuses for another reason than a missing right. */
const failed = {
  storage: 'The keys of this storage account cannot be listed (ListKeys).',
  eventHub: 'This policy cannot be used.',
  logAnalytics: 'The workspace cannot be made ready.',
} as const;

/** Makes the hub where there is none. Gives the reason when the one that is there takes nothing. */
async function ensureHub(arm: ArmClient, id: string): Promise<string | null> {
  try {
    return hubFault(await arm.get<ResourceFacts>(id, apiVersions.eventHub));
  } catch (error) {
    if (!(error instanceof ArmError) || error.status !== 404) throw error;
    await arm.put(id, apiVersions.eventHub, { properties: { partitionCount: 4, messageRetentionInDays: 1 } });
    return null;
  }
}

const region = (name: string): string => name.toLowerCase().replaceAll(' ', '');

async function ensureRule(
  arm: ArmClient,
  workspaceId: string,
  ruleId: string,
  provider: string,
  categories: readonly string[],
): Promise<string | null> {
  const workspace = await arm.get<ResourceFacts & { location: string }>(workspaceId, apiVersions.operationalInsights);
  const wrong = workspaceFault(workspace);
  if (wrong) return wrong;
  for (const category of categories) {
    const table = tableOf(provider, category);
    await arm.put(`${workspaceId}/tables/${table}`, apiVersions.operationalInsights, { properties: { schema: { name: table, columns } } });
  }
  const existing = await arm.get<DataCollectionRule>(ruleId, apiVersions.insights).catch((error: unknown) => {
    if (error instanceof ArmError && error.status === 404) return null;
    throw error;
  });
  // https://learn.microsoft.com/azure/azure-monitor/essentials/data-collection-rule-overview#supported-regions
  if (existing && region(existing.location) !== region(workspace.location))
    return `The data collection rule ${ruleId.slice(ruleId.lastIndexOf('/') + 1)} is in ${existing.location} and this workspace in ${workspace.location}: they must be in one region. Delete the rule, then save again.`;
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
  return null;
}
