import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import type { DestinationFactory, LogRecord } from '@weir/engine';
import { startCloud, type Cloud } from '@weir/sandbox';
import { auditRecord } from '@weir/testkit';
import { afterEach, expect, test } from 'vitest';
import { createDestinations, engineCredential, inTenant, prepareDestinations } from './index.ts';

// The identity provider gives tokens that live seconds, or that it revokes; ARM and the Logs Ingestion endpoint refuse them then.
/** Without the authority of the cloud before: all have the same name, and only one of that name is tried. */
const trusted = tls.getCACertificates('default');
let cloud: Cloud;
let dir: string;
let seq = 0;
const batch = (): LogRecord[] =>
  Array.from({ length: 5 }, () => {
    const r = auditRecord((seq += 1));
    return { seq, id: r.id, time: r.time, body: Buffer.from(r.body) };
  });
const arm = () => ({ armEndpoint: cloud.describe().endpoints.arm, armScope: 'https://management.azure.com/.default' });
const tenantOf = () => cloud.describe().storageAccounts[0]!.tenantId;
const targets = () => {
  const { storageAccounts, eventHubNamespaces, workspaces } = cloud.describe();
  const mine = <T extends { tenantId: string }>(list: T[]) => list.find((x) => x.tenantId === tenantOf())!;
  return {
    storage: { storageAccountId: mine(storageAccounts).id },
    eventHub: { authorizationRuleId: `${mine(eventHubNamespaces).id}/authorizationRules/RootManageSharedAccessKey` },
    logAnalytics: { workspaceId: mine(workspaces).id },
  };
};
/** All three, opened by an engine that was just started. */
async function engine() {
  const credential = engineCredential({ authorityHost: cloud.describe().endpoints.authority });
  const all = createDestinations({
    credential,
    ...arm(),
    monitorScope: 'https://monitor.azure.com/.default',
    intervals: { storage: 0, eventHub: 0, logAnalytics: 0 },
  });
  const identity = { deliveryId: 'd', tenantId: tenantOf(), provider: 'microsoft.intune', category: 'AuditLogs' };
  const open = async (type: keyof ReturnType<typeof targets>) => {
    const result = await (all[type] as DestinationFactory).open(targets()[type], identity, AbortSignal.timeout(10_000), {
      current: {},
      previous: {},
    });
    if (result.kind !== 'open') throw new Error(JSON.stringify(result));
    return result.destination;
  };
  const opened = [await open('storage'), await open('eventHub'), await open('logAnalytics')];
  return {
    credential,
    open,
    /** One batch to each, without a second try. */
    async deliver(): Promise<string[]> {
      const records = batch();
      return Promise.all(
        opened.map(async (destination) => {
          const made = await destination.prepare(records, AbortSignal.timeout(10_000));
          return made.kind === 'prepared' ? (await destination.send(records, made.prepared, AbortSignal.timeout(10_000))).kind : made.kind;
        }),
      );
    },
    close: () => Promise.all(opened.map((d) => d.close())),
  };
}
const accepted = ['accepted', 'accepted', 'accepted'];

/** A pretend cloud whose tokens live so long. */
async function begin(tokenSeconds: number): Promise<void> {
  dir = mkdtempSync(join(tmpdir(), 'weir-tokens-'));
  chmodSync(dir, 0o711);
  cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 5, Fabrikam: 5 }, live: false, tokenSeconds });
  tls.setDefaultCACertificates([...trusted, cloud.ca]);
  Object.assign(process.env, cloud.env());
  const credential = inTenant(engineCredential({ authorityHost: cloud.describe().endpoints.authority }), tenantOf());
  const input = { categories: [{ category: 'AuditLogs', retentionDays: 0 }], destinations: targets() };
  expect(await prepareDestinations({ credential, ...arm(), provider: 'microsoft.intune', input })).toEqual([]);
}
afterEach(async () => {
  await cloud.close();
  rmSync(dir, { recursive: true, force: true });
});

test('F12: deliveries go on across the end of a token without a failure, and so does an engine that begins without any', async () => {
  const TOKEN_SECONDS = 3;
  await begin(TOKEN_SECONDS);
  const first = await engine();
  const old = (await first.credential.getToken('https://management.azure.com/.default', { tenantId: tenantOf() }))!.token;
  const before = Date.now();
  while (Date.now() - before < (TOKEN_SECONDS + 2) * 1000) {
    expect(await first.deliver()).toEqual(accepted);
    await sleep(300);
  }
  // The endpoint does refuse a token that has ended.
  const answer = await fetch(`${arm().armEndpoint}/subscriptions?api-version=2022-12-01`, { headers: { authorization: `Bearer ${old}` } });
  expect(answer.status).toBe(401);
  expect((await first.open('storage')).limits.maxBytes).toBeGreaterThan(0);
  const second = await engine();
  expect(await second.deliver()).toEqual(accepted);
  await first.close();
  await second.close();
});

test('F12: tokens that are refused before their end are renewed once, and the batch that met it arrives', async () => {
  await begin(3_600);
  const one = await engine();
  expect(await one.deliver()).toEqual(accepted);
  const token = async () => (await one.credential.getToken('https://management.azure.com/.default', { tenantId: tenantOf() }))!.token;
  const old = await token();
  expect(await token()).toBe(old);
  cloud.revokeTokens();
  expect(await one.deliver()).toEqual(accepted);
  await one.open('storage');
  const renewed = await token();
  expect(renewed).not.toBe(old);
  await one.open('storage');
  expect(await token()).toBe(renewed);
  await one.close();
});
