import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { directories } from '../people.ts';

export interface Resource {
  id: string;
  name: string;
  type: string;
  location: string;
  tenantId: string;
  sku?: { name: string; tier: string };
  kind?: string;
  properties: Record<string, unknown>;
}
export interface AccountKeys {
  [storageAccount: string]: [string, string];
}
export interface HubRule {
  name: string;
  primaryKey: string;
  secondaryKey: string;
  rights: ('Manage' | 'Send' | 'Listen')[];
}
export interface ArmState {
  resources: Resource[];
  /** In a `readOnly` group people may look and nothing else. */
  groups: { tenantId: string; subscriptionId: string; name: string; location: string; readOnly?: boolean }[];
  accountKeys: AccountKeys;
  hubRules: Record<string, HubRule[]>;
}
export const DELETED_WORKSPACE = 'Microsoft.OperationalInsights/deletedWorkspaces';
const key = () => randomBytes(64).toString('base64');
const hubKey = () => randomBytes(32).toString('base64');

/** The Azure resources of the pretend tenants, kept in a file. */
export class ArmStore {
  readonly state: ArmState;
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.state = withSeeds(load(file));
    this.save();
  }
  /** Writes beside and renames, so that a cut leaves the old state whole. */
  save(): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.state), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
  find(id: string): Resource | undefined {
    return this.state.resources.find((r) => r.id.toLowerCase() === id.toLowerCase());
  }
  put(resource: Resource): void {
    this.state.resources = [...this.state.resources.filter((r) => r.id.toLowerCase() !== resource.id.toLowerCase()), resource];
    this.save();
  }
}

function load(file: string): ArmState | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ArmState;
  } catch {
    return null;
  }
}

/** What is kept, and the seeds that came with a newer sandbox. */
function withSeeds(kept: ArmState | null): ArmState {
  const seeds = seed();
  if (!kept) return seeds;
  const ids = new Set(kept.resources.map((r) => r.id.toLowerCase()));
  const groups = new Set(kept.groups.map((g) => `${g.subscriptionId}/${g.name}`));
  return {
    resources: [...kept.resources, ...seeds.resources.filter((r) => !ids.has(r.id.toLowerCase()))],
    groups: [...kept.groups, ...seeds.groups.filter((g) => !groups.has(`${g.subscriptionId}/${g.name}`))],
    accountKeys: { ...seeds.accountKeys, ...kept.accountKeys },
    hubRules: { ...seeds.hubRules, ...kept.hubRules },
  };
}

function seed(): ArmState {
  const state: ArmState = { resources: [], groups: [], accountKeys: {}, hubRules: {} };
  for (const { tenantId, subscriptionId, name } of directories) {
    const prefix = name.toLowerCase();
    for (const group of ['logs', 'security'])
      state.groups.push({ tenantId, subscriptionId, name: `${prefix}-${group}`, location: 'westeurope' });
    const id = (group: string, type: string, resource: string) =>
      `/subscriptions/${subscriptionId}/resourceGroups/${prefix}-${group}/providers/${type}/${resource}`;
    const account = (resource: string, sku: { name: string; tier: string }, kind: string) => {
      state.accountKeys[resource] = [key(), key()];
      state.resources.push({
        id: id('logs', 'Microsoft.Storage/storageAccounts', resource),
        name: resource,
        type: 'Microsoft.Storage/storageAccounts',
        location: 'westeurope',
        tenantId,
        sku,
        kind,
        properties: { provisioningState: 'Succeeded' },
      });
    };
    account(`${prefix}logs`, { name: 'Standard_LRS', tier: 'Standard' }, 'StorageV2');
    account(`${prefix}archive`, { name: 'Standard_GRS', tier: 'Standard' }, 'StorageV2');
    if (prefix === 'contoso') account('contosopremium', { name: 'Premium_LRS', tier: 'Premium' }, 'BlockBlobStorage');
    const namespace = `${prefix}-siem`;
    state.resources.push({
      id: id('security', 'Microsoft.EventHub/namespaces', namespace),
      name: namespace,
      type: 'Microsoft.EventHub/namespaces',
      location: 'westeurope',
      tenantId,
      sku: { name: 'Standard', tier: 'Standard' },
      properties: { provisioningState: 'Succeeded' },
    });
    state.hubRules[namespace] = [
      { name: 'RootManageSharedAccessKey', primaryKey: hubKey(), secondaryKey: hubKey(), rights: ['Manage', 'Send', 'Listen'] },
      { name: 'siem-listen', primaryKey: hubKey(), secondaryKey: hubKey(), rights: ['Listen'] },
    ];
    const workspace = `${prefix}-soc`;
    state.resources.push({
      id: id('security', 'Microsoft.OperationalInsights/workspaces', workspace),
      name: workspace,
      type: 'Microsoft.OperationalInsights/workspaces',
      location: 'westeurope',
      tenantId,
      properties: { customerId: randomUUID(), provisioningState: 'Succeeded', retentionInDays: 90, sku: { name: 'PerGB2018' } },
    });
  }
  seedBranches(state);
  return state;
}

/** A subscription with hundreds of storage accounts, and one of each that cannot be a destination. */
function seedBranches(state: ArmState): void {
  const [{ tenantId, moreSubscriptions }] = directories as [(typeof directories)[number]];
  const subscriptionId = moreSubscriptions[0]!.id;
  const [group, readOnly] = ['contoso-branches', 'contoso-finance'];
  for (const [name, locked] of [
    [group, false],
    [readOnly, true],
  ] as const)
    state.groups.push({ tenantId, subscriptionId, name, location: 'northeurope', ...(locked && { readOnly: true }) });
  const add = (type: string, name: string, properties: Record<string, unknown>, more: Partial<Resource> & { group?: string } = {}) => {
    const { group: inside = group, ...rest } = more;
    const id = `/subscriptions/${subscriptionId}/resourceGroups/${inside}/providers/${type}/${name}`;
    const provisioning = { provisioningState: 'Succeeded', ...properties };
    state.resources.push({ id, name, type, location: 'northeurope', tenantId, properties: provisioning, ...rest });
  };
  const account = (name: string, properties: Record<string, unknown> = {}, inside = group) => {
    state.accountKeys[name] = [key(), key()];
    add('Microsoft.Storage/storageAccounts', name, properties, {
      group: inside,
      sku: { name: 'Standard_LRS', tier: 'Standard' },
      kind: 'StorageV2',
    });
  };
  for (let n = 1; n <= 312; n += 1) account(`contosobranch${String(n).padStart(3, '0')}`);
  const deny = { bypass: 'None', defaultAction: 'Deny', ipRules: [], virtualNetworkRules: [] };
  account('contosobranchvault', { networkAcls: deny });
  account('contosobranchguard', {
    networkAcls: { ...deny, bypass: 'AzureServices', ipRules: [{ value: '203.0.113.7', action: 'Allow' }] },
  });
  account('contosobranchentra', { allowSharedKeyAccess: false });
  account('contosofinance', {}, readOnly);
  const standard = { sku: { name: 'Standard', tier: 'Standard' } };
  add('Microsoft.EventHub/namespaces', 'contoso-retired', { status: 'Disabled' }, standard);
  add('Microsoft.EventHub/namespaces', 'contoso-entra-only', { status: 'Active', disableLocalAuth: true }, standard);
  const workspace = { customerId: randomUUID(), retentionInDays: 30, sku: { name: 'PerGB2018' } };
  add('Microsoft.OperationalInsights/workspaces', 'contoso-branch-soc', workspace);
  add('Microsoft.OperationalInsights/workspaces', 'contoso-finance-soc', { ...workspace, customerId: randomUUID() }, { group: readOnly });
  const before = { ...workspace, customerId: randomUUID() };
  add('Microsoft.OperationalInsights/workspaces', 'contoso-soc-2024', before);
  // Azure lists them apart, under the id that they had.
  state.resources.at(-1)!.type = DELETED_WORKSPACE;
}
