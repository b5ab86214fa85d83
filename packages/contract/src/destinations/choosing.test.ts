import { describe, expect, test } from 'vitest';
import {
  hubFault,
  namespaceCaution,
  namespaceFault,
  policyFault,
  storageCaution,
  storageFault,
  subscriptionFault,
  workspaceCaution,
  workspaceFault,
  type ResourceProperties,
} from './choosing.ts';

const deny = { defaultAction: 'Deny', bypass: 'None', ipRules: [], virtualNetworkRules: [] };

describe('a storage account', () => {
  const fault = (properties: ResourceProperties) => storageFault({ sku: { name: 'Standard_LRS', tier: 'Standard' }, properties });
  test('of Standard tier that says nothing else can be chosen', () => {
    expect(fault({ provisioningState: 'Succeeded' })).toBeNull();
    expect(storageFault({})).toBeNull();
  });
  test.each([{ tier: 'Premium' }, { name: 'Premium_LRS' }, { name: 'PremiumV2_ZRS', tier: null }])('of %j cannot', (sku) => {
    expect(storageFault({ sku })).toContain('append blobs');
  });
  test('whose firewall lets nobody in cannot; one that lets some in can, with a word of caution', () => {
    expect(fault({ networkAcls: deny })).toContain('firewall');
    for (const open of [
      { networkAcls: { ...deny, bypass: 'Logging, AzureServices' } },
      { networkAcls: { ...deny, ipRules: [{ value: '203.0.113.7' }] } },
      { networkAcls: { ...deny, virtualNetworkRules: [{}] } },
      { networkAcls: deny, privateEndpointConnections: [{}] },
      { publicNetworkAccess: 'Disabled', privateEndpointConnections: [{}] },
    ]) {
      expect(fault(open)).toBeNull();
      expect(storageCaution({ properties: open })).toContain('firewall');
    }
    expect(fault({ publicNetworkAccess: 'Disabled' })).toContain('Public network access');
    expect(storageCaution({ properties: { networkAcls: { defaultAction: 'Allow' } } })).toBeNull();
  });
  test('without account keys, or not ready, cannot', () => {
    expect(fault({ allowSharedKeyAccess: false })).toContain('account key');
    expect(fault({ allowSharedKeyAccess: true })).toBeNull();
    expect(fault({ provisioningState: 'Creating' })).toContain('still being created');
  });
});

test('a namespace must be active and have keys; Basic can be chosen and says what it lacks', () => {
  const standard = { sku: { tier: 'Standard' }, properties: { status: 'Active' } };
  expect([namespaceFault(standard), namespaceCaution(standard)]).toEqual([null, null]);
  expect(namespaceFault({ properties: { status: 'Disabled' } })).toContain('not active (Disabled)');
  expect(namespaceFault({ properties: { disableLocalAuth: true } })).toContain('Local authentication');
  const basic = { sku: { name: 'Basic', tier: 'Basic' } };
  expect(namespaceFault(basic)).toBeNull();
  expect(namespaceCaution(basic)).toContain('256 kB');
});

test('a policy needs all three rights, and names those that it lacks', () => {
  expect(policyFault({ properties: { rights: ['Listen', 'Manage', 'Send'] } })).toBeNull();
  expect(policyFault({ properties: { rights: ['Send'] } })).toBe('The policy needs Manage, Send and Listen; it lacks Manage and Listen.');
  expect(policyFault({})).toContain('Manage and Send and Listen');
});

test('a hub that takes nothing, a workspace that takes nothing, a subscription that is off', () => {
  expect([hubFault({ properties: { status: 'Active' } }), hubFault({ properties: { status: 'ReceiveDisabled' } })]).toEqual([null, null]);
  expect(hubFault({ properties: { status: 'SendDisabled' } })).toContain('SendDisabled');
  const ingestion = (dataIngestionStatus: string) => ({ properties: { workspaceCapping: { dataIngestionStatus } } });
  expect(workspaceFault(ingestion('ForceOff'))).toContain('takes no data');
  expect(workspaceFault(ingestion('OverQuota'))).toBeNull();
  expect(workspaceCaution(ingestion('OverQuota'))).toContain('daily cap');
  expect([subscriptionFault('Enabled'), subscriptionFault('Warned'), subscriptionFault(null)]).toEqual([null, null, null]);
  expect(subscriptionFault('Disabled')).toContain('disabled');
});
