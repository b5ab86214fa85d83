import { afterAll, beforeAll, expect, test } from 'vitest';
import { Fleet } from './fleet.ts';

// Each message of an event hub is billed and counted against its throughput units.
const CATEGORY = 'OperationalLogs';
let fleet: Fleet;
beforeAll(async () => {
  fleet = await Fleet.start(undefined, { hubMessageBytes: 262_144 });
  await fleet.route([CATEGORY], { eventHub: true });
}, 90_000);
afterAll(() => fleet?.close());

test('5,400 records of 2,000 bytes go in at most 43 messages of 256 KB', { timeout: 60_000 }, async () => {
  await fleet.append(CATEGORY, 5_400, 2_000);
  // Nothing else may come between: no source answers.
  await fleet.worker('main', { WEIR_GRAPH_ENDPOINT: 'http://127.0.0.1:9' });
  await fleet.drained();
  const { messages } = await fleet.expectStreamed(CATEGORY);
  expect(messages).toBeGreaterThan(0);
  expect(messages).toBeLessThanOrEqual(43);
});
