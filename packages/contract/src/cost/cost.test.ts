import { describe, expect, test } from 'vitest';
import {
  archiveAfterYear,
  batchesOfMonth,
  defaultPrices,
  estimateMonth,
  microsoftTables,
  pricesOf,
  regions,
  volumesOfDays,
  volumesOfUsers,
} from './index.ts';

describe("Microsoft's two tables", () => {
  test('100,000 users', () => {
    const { storage, eventHub } = microsoftTables(100_000, defaultPrices);
    expect(storage).toEqual({ eventsPerDay: 1_500_000, bytesPerMonth: 90e9, dollarsPerMonth: 1.93, dollarsPerYear: 23.12 });
    expect(eventHub).toEqual({
      eventsPerSecond: 18,
      eventsPerInterval: 5_400,
      bytesPerInterval: 10.8e6,
      messagesPerInterval: 43,
      messagesPerMonth: 371_520,
      dollarsPerMonth: 10.83,
    });
  });
  test('1,000 users', () => {
    const { storage, eventHub } = microsoftTables(1_000, defaultPrices);
    expect(storage).toEqual({ eventsPerDay: 15_000, bytesPerMonth: 900e6, dollarsPerMonth: 0.02, dollarsPerYear: 0.24 });
    expect(eventHub).toEqual({
      eventsPerSecond: 0.1,
      eventsPerInterval: 52,
      bytesPerInterval: 104_000,
      messagesPerInterval: 1,
      messagesPerMonth: 8_640,
      dollarsPerMonth: 10.8,
    });
  });
  test('the default region is the one of the tables', () => expect(defaultPrices.region).toBe('westus'));
});

describe('estimateMonth', () => {
  const categories = [{ category: 'AuditLogs', retentionDays: 0 }];
  const users = volumesOfUsers(100_000);
  const everyFiveMinutes = { intervalSeconds: 300, maxKilobytes: 102_400 };

  test('an archive pays for its volume and for each append', () => {
    const { lines, dollars, unknown } = estimateMonth(
      { categories, destinations: { storage: {} }, batching: { storage: everyFiveMinutes } },
      users,
      defaultPrices,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ category: 'AuditLogs', type: 'storage', records: 45e6, bytes: 90e9, operations: 8_640 });
    // 90 GB at 0.0208, and 8,640 appends at 0.055 for ten thousand.
    expect(dollars).toBeCloseTo(1.872 + 0.04752, 10);
    expect(unknown).toEqual([]);
  });
  test('a longer interval makes fewer appends, so it costs less', () => {
    const of = (intervalSeconds: number) =>
      estimateMonth(
        { categories, destinations: { storage: {} }, batching: { storage: { intervalSeconds } } },
        volumesOfUsers(1_000),
        defaultPrices,
      );
    expect(of(60).lines[0]!.operations).toBeGreaterThan(4 * of(300).lines[0]!.operations);
    expect(of(60).dollars).toBeGreaterThan(of(300).dollars);
    expect(of(60).lines[0]!.bytes).toBe(of(300).lines[0]!.bytes);
  });
  test('a hub pays for its throughput unit once, however many categories, and for billed events', () => {
    const two = estimateMonth(
      {
        categories: [...categories, { category: 'Devices', retentionDays: 0 }],
        destinations: { eventHub: {} },
        batching: { eventHub: everyFiveMinutes },
      },
      { ...users, Devices: { recordsPerDay: 0, bytesPerRecord: 0 } },
      defaultPrices,
    );
    expect(two.fixed).toEqual([{ type: 'eventHub', units: 1, dollars: 0.015 * 720 }]);
    const [audit, devices] = two.lines;
    // 10,416,667 bytes in an interval: 40 messages of 256 KiB, 159 billed events of 64 KiB.
    expect(audit!.operations).toBeCloseTo(8_640 * 40, 6);
    expect(audit!.dollars).toBeCloseTo(((8_640 * 159) / 1e6) * 0.028, 10);
    expect(devices).toMatchObject({ operations: 0, dollars: 0 });
    expect(two.dollars).toBeCloseTo(10.8 + audit!.dollars!, 10);
  });
  test('more than a megabyte a second takes a second throughput unit', () => {
    const busy = { AuditLogs: { recordsPerDay: 86_400 * 600, bytesPerRecord: 2_000 } };
    expect(estimateMonth({ categories, destinations: { eventHub: {} } }, busy, defaultPrices).fixed[0]).toMatchObject({ units: 2 });
  });
  test('what is not known is told and not counted', () => {
    const { lines, unknown, dollars } = estimateMonth(
      { categories: [...categories, { category: 'Devices', retentionDays: 0 }], destinations: { logAnalytics: {}, splunk: {} } },
      users,
      defaultPrices,
    );
    expect(unknown).toEqual(['Devices']);
    expect(lines.map((l) => [l.type, l.category])).toEqual([
      ['logAnalytics', 'AuditLogs'],
      ['splunk', 'AuditLogs'],
    ]);
    expect(lines[1]!.dollars).toBeNull();
    expect(dollars).toBeCloseTo(90 * defaultPrices.workspaceGigabyte, 10);
  });
  test('an archive grows up to its retention days', () => {
    const one = { AuditLogs: { recordsPerDay: 1_000, bytesPerRecord: 1_000 } };
    const of = (retentionDays: number) =>
      archiveAfterYear({ categories: [{ category: 'AuditLogs', retentionDays }] }, one, defaultPrices).bytes;
    expect([of(30), of(365), of(0)]).toEqual([30e6, 365e6, 365e6]);
  });
});

test('batches: never more than there are records, never more than there are intervals, never too few to hold the bytes', () => {
  const batching = { intervalSeconds: 60, maxKilobytes: 1_024 };
  expect(batchesOfMonth(0, 2_000, batching)).toBe(0);
  expect(batchesOfMonth(1, 2_000, batching)).toBeLessThanOrEqual(30);
  expect(batchesOfMonth(1, 2_000, batching)).toBeGreaterThan(29.9);
  expect(batchesOfMonth(1e6, 100, batching)).toBeLessThanOrEqual(43_200);
  expect(batchesOfMonth(1e9, 1_024, batching)).toBeCloseTo(3e10 / 1_024, 0);
});
test("a directory's own days become records a day", () => {
  expect(volumesOfDays([{ category: 'AuditLogs', records: 300, days: 30, bytesPerRecord: 1_500 }])).toEqual({
    AuditLogs: { recordsPerDay: 10, bytesPerRecord: 1_500 },
  });
});
test('each region says when and where its prices were read, and an unknown one gets the default', () => {
  for (const prices of regions) {
    expect(prices.asOf).toMatch(/^\d{4}-\d\d(-\d\d)?$/);
    expect(prices.source).not.toBe('');
  }
  expect(pricesOf('nowhere')).toBe(defaultPrices);
});
