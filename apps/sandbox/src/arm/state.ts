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
  groups: { tenantId: string; subscriptionId: string; name: string; location: string }[];
  accountKeys: AccountKeys;
  hubRules: Record<string, HubRule[]>;
}
const key = () => randomBytes(64).toString('base64');
const hubKey = () => randomBytes(32).toString('base64');

/** The Azure resources of the pretend tenants, kept in a file. */
export class ArmStore {
  readonly state: ArmState;
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    this.state = load(file) ?? seed();
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
  return state;
}
