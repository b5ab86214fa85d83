import { EventHubProducerClient } from '@azure/event-hubs';
import { categoryId } from '@weir/contract';
import { messageIdOf, verifyDelivery } from '@weir/destinations';
import type { DeliveryLease, VerifyReport } from '@weir/engine';
import { auditRecord, startHttpProxy } from '@weir/testkit';
import { expect, test } from 'vitest';
import { account, azure, namespace, person, place, provider, replay, sql, store, openPlaces, type Place } from './proof-places.ts';

openPlaces();

const policy = (name = 'RootManageSharedAccessKey') => ({
  eventHub: { authorizationRuleId: `${namespace().id}/authorizationRules/${name}` },
});
/** 120 records in 3 batches, each one message. */
async function hub(): Promise<Place> {
  const p = await place(policy());
  for (let i = 0; i < 3; i += 1) await p.add(40);
  return p;
}
/** Sends as somebody with the right Send may. */
async function send(p: Place, body: unknown, more: { messageId?: string; properties?: Record<string, unknown> }): Promise<void> {
  const client = new EventHubProducerClient(
    namespace().connectionStrings['RootManageSharedAccessKey']!,
    `insights-logs-${p.category.toLowerCase()}`,
  );
  await client.sendBatch([{ body, ...more } as never]);
  await client.close();
}
const lease = (p: Place) => ({ tenantId: account().tenantId, provider, category: p.category }) as DeliveryLease;
const read = async (p: Place, first: number, last: number) =>
  (await store.deliveries.read(lease(p), first - 1, { maxRecords: last - first + 1, maxBytes: 1e9, recordOverheadBytes: 0, upTo: last }))
    .records;
async function again(p: Place, first: number, last: number): Promise<void> {
  const records = await read(p, first, last);
  const made = await p.destination.prepare(records, AbortSignal.timeout(9_000));
  if (made.kind !== 'prepared') throw new Error(made.kind);
  expect((await p.destination.send(records, made.prepared, AbortSignal.timeout(9_000))).kind).toBe('accepted');
}
const kinds = (report: VerifyReport) => report.faults.map(({ kind, firstSeq, lastSeq }) => [kind, firstSeq, lastSeq]);

test('every message is there; one that came twice whole is a repetition, one that overlaps is a double', async () => {
  const p = await hub();
  expect(await p.verify()).toMatchObject({
    kind: 'eventHub',
    result: 'holds',
    firstSeq: 1,
    lastSeq: 120,
    records: 120,
    parts: 3,
    repetitions: 0,
  });
  await again(p, 41, 80);
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 120, repetitions: 40 });
  expect(await p.verify({ firstSeq: 50, lastSeq: 60 })).toMatchObject({ result: 'holds', records: 11, repetitions: 11 });
  await again(p, 41, 45);
  expect(await p.verify()).toMatchObject({ result: 'differs', records: 120 });
  expect(kinds(await p.verify())).toEqual([['doubled', 41, 45]]);
});

test('what never came, what was changed and what is not ours is named; another category in the same hub is not', async () => {
  const p = await hub();
  // Acknowledged by the ledger, never sent.
  await store.log.append(
    account().tenantId,
    [121, 122, 123].map((n) => auditRecord(n, { category: categoryId(provider, p.category) })),
  );
  const [claimed] = await store.deliveries.claim('test', 60_000, 10);
  const place = { kind: 'eventHub', namespace: '', hub: '', partition: 'any', messages: [] } as const;
  await store.deliveries.accepted(claimed!, [{ firstSeq: 121, lastSeq: 123, records: 3, filtered: 0, bytes: 1, place, durationMs: 1 }]);
  expect(kinds(await p.verify())).toEqual([['missing', 121, 123]]);
  // The middle one comes with another text under the right id.
  const records = await read(p, 121, 123);
  const bodies = records.map((r) => r.body.toString());
  const properties = { category: p.category, firstSequence: 121, lastSequence: 123 };
  const messageId = messageIdOf(lease(p), 121, 123);
  await send(p, Buffer.from(`{"records":[${bodies.with(1, bodies[1]!.replace('Success', 'Failure')).join(',')}]}`), {
    messageId,
    properties,
  });
  expect(kinds(await p.verify())).toEqual([['changed', 122, 122]]);
  await send(p, Buffer.from(bodies[0]!), { properties: { category: p.category } });
  await send(p, Buffer.from('{"records":[]}'), { properties: { category: 'Other' } });
  const report = await p.verify();
  expect(report.counts).toEqual({ changed: 1, foreign: 1 });
  expect(report.faults.find((f) => f.kind === 'foreign')!.at).toMatchObject({ kind: 'eventHub', partition: expect.any(String) });
});

test('a replay is told from a double, whether it packs its messages as before or not; one that never came is missing', async () => {
  const p = await hub();
  await replay(p, 21);
  await p.replays();
  const replayed = [{ kind: 'replay', by: person.upn, records: 100 }];
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 120, repetitions: 0, replayed });
  await again(p, 21, 120);
  expect(await p.verify()).toMatchObject({ result: 'holds', records: 120, repetitions: 100, replayed });
  await again(p, 41, 45);
  expect(kinds(await p.verify())).toEqual([['doubled', 41, 45]]);
  await sql.query(
    `update delivered_batch set place = jsonb_set(place, '{messages}', place -> 'messages' || $2::jsonb) where delivery_id = $1 and replay_id is not null`,
    [(await p.target()).deliveryId, JSON.stringify([{ id: 'never-came', first: 21, last: 22 }])],
  );
  expect((await p.verify()).faults).toContainEqual(expect.objectContaining({ kind: 'missing', firstSeq: 21, lastSeq: 22 }));
});

test('a policy that may not listen cannot verify, and is told what it takes', async () => {
  const p = await hub();
  const target = await p.target();
  // The right was taken from the policy after the setting was saved.
  const arm = await startHttpProxy({ upstream: azure().armEndpoint, rewrite: (body) => body.replace(',"Listen"', '') });
  const { proof } = store.forTenant(account().tenantId);
  const options = { ...azure(), armEndpoint: `http://127.0.0.1:${arm.port}`, proof, signal: AbortSignal.timeout(20_000) };
  await expect(verifyDelivery(target, options)).rejects.toMatchObject({
    name: 'CannotVerify',
    message: expect.stringContaining('may send, but not listen'),
  });
  await arm.close();
});
