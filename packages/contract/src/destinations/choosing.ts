/**
 * Why an Azure resource cannot be a destination, in a sentence; null when it can. The pickers show the sentence beside the
 * resource, and the save refuses it with the same one.
 */
export interface ResourceFacts {
  readonly sku?: { readonly name?: string | null | undefined; readonly tier?: string | null | undefined } | null | undefined;
  readonly properties?: ResourceProperties | null | undefined;
}
/** What Azure Resource Manager says of a resource, as far as it matters here. Each type has only some of them. */
export interface ResourceProperties {
  readonly provisioningState?: string | null | undefined;
  readonly status?: string | null | undefined;
  readonly rights?: readonly string[] | null | undefined;
  readonly allowSharedKeyAccess?: boolean | null | undefined;
  readonly disableLocalAuth?: boolean | null | undefined;
  readonly publicNetworkAccess?: string | null | undefined;
  readonly publicNetworkAccessForIngestion?: string | null | undefined;
  readonly networkAcls?:
    | {
        readonly bypass?: string | null | undefined;
        readonly defaultAction?: string | null | undefined;
        readonly ipRules?: readonly unknown[] | null | undefined;
        readonly virtualNetworkRules?: readonly unknown[] | null | undefined;
        readonly resourceAccessRules?: readonly unknown[] | null | undefined;
      }
    | null
    | undefined;
  readonly privateEndpointConnections?: readonly unknown[] | null | undefined;
  readonly workspaceCapping?: { readonly dataIngestionStatus?: string | null | undefined } | null | undefined;
}
type Fault = string | null;
const same = (a: string | null | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();
const any = (list: readonly unknown[] | null | undefined): boolean => (list?.length ?? 0) > 0;
const unfinished = (what: string, { provisioningState }: ResourceProperties): Fault => {
  if (same(provisioningState, 'Deleting')) return `This ${what} is being deleted. Choose another one.`;
  if (same(provisioningState, 'Failed') || same(provisioningState, 'Canceled'))
    return `Azure could not finish this ${what} (${provisioningState}). Repair it in Azure, or choose another one.`;
  return same(provisioningState, 'Creating') || same(provisioningState, 'ResolvingDNS')
    ? `This ${what} is still being created. Try again in a few minutes.`
    : null;
};

/**
 * Premium accounts hold no append blobs: https://learn.microsoft.com/azure/storage/common/storage-account-overview
 * Network rules: https://learn.microsoft.com/azure/storage/common/storage-network-security
 */
export function storageFault({ sku, properties }: ResourceFacts): Fault {
  const p = properties ?? {};
  if (same(sku?.tier, 'Premium') || sku?.name?.startsWith('Premium'))
    return 'Premium storage cannot hold logs: it has no append blobs. Choose a Standard account.';
  if (p.allowSharedKeyAccess === false)
    return 'Access by account key is turned off for this account. Turn on “Allow storage account key access”, or choose another one.';
  if (same(p.publicNetworkAccess, 'Disabled') && !any(p.privateEndpointConnections))
    return 'Public network access is turned off for this account, and it has no private endpoint.';
  const acls = p.networkAcls;
  const open = any(acls?.ipRules) || any(acls?.virtualNetworkRules) || any(acls?.resourceAccessRules) || any(p.privateEndpointConnections);
  if (same(acls?.defaultAction, 'Deny') && !open && !(acls?.bypass ?? '').includes('AzureServices'))
    return 'This account’s firewall shuts out Azure services and every network. Allow trusted Microsoft services and the address of this installation.';
  return unfinished('storage account', p);
}
/** What to mind at a storage account that can be chosen. */
export function storageCaution({ properties }: ResourceFacts): Fault {
  const guarded = same(properties?.networkAcls?.defaultAction, 'Deny') || same(properties?.publicNetworkAccess, 'Disabled');
  return guarded ? 'Its firewall lets only some networks in. Make sure that this installation is among them.' : null;
}

/** https://learn.microsoft.com/rest/api/eventhub/namespaces/get */
export function namespaceFault({ properties }: ResourceFacts): Fault {
  const p = properties ?? {};
  if (p.disableLocalAuth === true)
    return 'Local authentication is turned off for this namespace, so its policies have no keys. Turn it on, or choose another one.';
  if (same(p.publicNetworkAccess, 'Disabled') && !any(p.privateEndpointConnections))
    return 'Public network access is turned off for this namespace, and it has no private endpoint.';
  if (p.status && !same(p.status, 'Active')) return `This namespace is not active (${p.status}). Enable it, or choose another one.`;
  return unfinished('namespace', p);
}
/** https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas#basic-vs-standard-vs-premium-vs-dedicated-tiers */
export function namespaceCaution({ sku, properties }: ResourceFacts): Fault {
  if (same(properties?.publicNetworkAccess, 'SecuredByPerimeter') || same(properties?.publicNetworkAccess, 'Disabled'))
    return 'It lets only some networks in. Make sure that this installation is among them.';
  return same(sku?.tier ?? sku?.name, 'Basic') ? 'Basic tier: messages up to 256 kB, one consumer group, events kept for a day.' : null;
}
const needed = ['Manage', 'Send', 'Listen'] as const;
/** A destination's policy needs all three rights: https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings */
export function policyFault({ properties }: ResourceFacts): Fault {
  const missing = needed.filter((right) => !properties?.rights?.includes(right));
  return missing.length === 0 ? null : `The policy needs Manage, Send and Listen; it lacks ${missing.join(' and ')}.`;
}
/** https://learn.microsoft.com/rest/api/eventhub/event-hubs/get#entitystatus */
export function hubFault({ properties }: ResourceFacts): Fault {
  const { status } = properties ?? {};
  return status && ['disabled', 'senddisabled', 'deleting', 'creating'].includes(status.toLowerCase())
    ? `This event hub takes nothing (${status}). Enable it, or choose another one.`
    : null;
}
/** https://learn.microsoft.com/rest/api/loganalytics/workspaces/get */
export function workspaceFault({ properties }: ResourceFacts): Fault {
  const status = properties?.workspaceCapping?.dataIngestionStatus;
  if (same(status, 'ForceOff') || same(status, 'SubscriptionSuspended'))
    return `This workspace takes no data (${status}). Choose another one, or settle it in Azure first.`;
  return unfinished('workspace', properties ?? {});
}
export function workspaceCaution({ properties }: ResourceFacts): Fault {
  if (same(properties?.publicNetworkAccessForIngestion, 'Disabled'))
    return 'It takes logs over a private link only. Make sure that this installation has one.';
  return same(properties?.workspaceCapping?.dataIngestionStatus, 'OverQuota')
    ? 'It has reached its daily cap: what is sent today waits until the cap is reset.'
    : null;
}
/** A deleted workspace can be recovered for 14 days. https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace */
export const WORKSPACE_DELETED = 'This workspace was deleted. Recover it in Azure, or choose another one.';
/** https://learn.microsoft.com/azure/cost-management-billing/manage/subscription-states */
export const subscriptionFault = (state: string | null | undefined): Fault =>
  state && !['enabled', 'warned', 'pastdue'].includes(state.toLowerCase())
    ? `This subscription is ${state.toLowerCase()}: nothing in it can be written to.`
    : null;

/** What a save does at each kind of destination, and what is said to who may not. Actions as Azure's roles name them. */
export const neededRights = {
  storage: {
    action: 'Microsoft.Storage/storageAccounts/listKeys/action',
    message:
      'You may not list the keys of this storage account (ListKeys). Ask for the role Storage Account Key Operator Service Role or Contributor on it.',
  },
  eventHub: {
    action: 'Microsoft.EventHub/namespaces/authorizationRules/listkeys/action',
    message:
      'You may not list the keys of this policy (ListKeys). Ask for the role Azure Event Hubs Data Owner or Contributor on the namespace.',
  },
  logAnalytics: {
    action: 'Microsoft.OperationalInsights/workspaces/tables/write',
    message: 'You may not change this workspace. Ask for the role Log Analytics Contributor on it.',
  },
} as const;
