import { EventHubProducerClient } from '@azure/event-hubs';
import type { Destinations, DestinationType } from '@weir/contract';
import { testRecord, tryDestination } from '@weir/destinations';
import { expect, test } from 'vitest';
import { account, actor, azure, brief, names, namespace, openPlaces, place, provider, type Place } from './proof-places.ts';

openPlaces();

const policy = (): Destinations => ({
  eventHub: { authorizationRuleId: `${namespace().id}/authorizationRules/RootManageSharedAccessKey` },
});
const storage = (): Destinations => ({ storage: { storageAccountId: account().id } });

/** What Check does, beside a delivery that runs. */
async function check(p: Place, destinations: Destinations): Promise<void> {
  const [type] = Object.keys(destinations) as [DestinationType];
  const log = { tenantId: account().tenantId, provider, category: p.category };
  const { outcome } = await tryDestination(
    { ...azure(), monitorScope: 'https://monitor.azure.com/.default' },
    { type, target: destinations[type]!, log, record: testRecord(log, actor, new Date()) },
    AbortSignal.timeout(20_000),
  );
  expect(outcome.kind).toBe('accepted');
}

test('test records between the batches of an archive: nothing is doubled, unknown or moved', async () => {
  const p = await place(storage());
  await p.add(40);
  await check(p, storage());
  await p.add(40);
  await check(p, storage());
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 80, faults: [] });
  expect((await names(p)).filter((n) => n.startsWith('weir-test-records/'))).toHaveLength(1);
});

test('test records in a hub are counted apart; one that only says that it is one is not ours', async () => {
  const p = await place(policy());
  await p.add(40);
  await check(p, policy());
  await check(p, policy());
  await p.add(40);
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 80, tests: 2, repetitions: 0 });
  const client = new EventHubProducerClient(
    namespace().connectionStrings['RootManageSharedAccessKey']!,
    `insights-logs-${p.category.toLowerCase()}`,
  );
  const properties = { category: p.category, firstSequence: 0, lastSequence: 0, testRecord: 'made-up' };
  await client.sendBatch([{ body: { records: [{ tenantId: account().tenantId }] }, messageId: 'any', properties }]);
  await client.close();
  const report = await p.verify();
  expect([report.result, report.tests, brief(report.faults)]).toEqual(['differs', 2, [['foreign', null, null, undefined]]]);
});
