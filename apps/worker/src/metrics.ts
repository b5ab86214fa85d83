import { deriveStatus } from '@weir/engine';
import type { Measures, Store } from '@weir/store';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

/** Who a figure is about. Bounded: five settings for each tenant and log provider, and the categories that they tick. */
const delivery = ['tenant', 'setting', 'category', 'type'] as const;
const source = ['tenant', 'source'] as const;

/**
 * What /metrics shows. Counters are this process's own: sum them over the workers. Gauges of deliveries, sources and logs are
 * read from the store when they are asked for, and are the same at every worker: take their maximum.
 */
export function createMetrics(store: Pick<Store, 'measure' | 'workers'>) {
  const registry = new Registry();
  const registers = [registry];
  // A histogram of the event loop's lag would look 100 times a second, which is what an idle worker would mostly do; and the time
  // between two looks is part of what it tells, so that looking seldom reads like a worker that is blocked.
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: 3_600_000 });
  for (const kind of ['min', 'max', 'mean', 'stddev', 'p50', 'p90', 'p99'])
    registry.removeSingleMetric(`nodejs_eventloop_lag_${kind}_seconds`);
  let utilization = performance.eventLoopUtilization();
  const counter = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Counter<T>({ name, help, labelNames: [...labelNames], registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: readonly T[]) =>
    new Gauge<T>({ name, help, labelNames: [...labelNames], registers });
  const stored = {
    waiting: gauge('weir_delivery_waiting_records', 'Records between the checkpoint and the end of the log.', delivery),
    oldest: gauge('weir_delivery_oldest_waiting_seconds', 'Age of the oldest record that waits; 0 when none does.', delivery),
    quarantine: gauge('weir_delivery_quarantined_records', 'Records that were ever put in quarantine.', delivery),
    delivered: gauge('weir_delivery_last_delivered_timestamp_seconds', 'When the last batch was acknowledged, in Unix time.', delivery),
    status: gauge('weir_delivery_status', '1 for the status that a delivery has now.', [...delivery, 'status']),
    lag: gauge('weir_source_lag_seconds', 'Time since the end of the last window that was read.', source),
    windows: gauge('weir_source_windows', 'Windows that are not read yet, by state: planned, retry.', [...source, 'state']),
    records: gauge('weir_log_records', 'The last sequence number of a log.', ['tenant', 'category']),
    workers: gauge('weir_workers', 'Workers that are alive.', []),
  };
  const atWork = gauge(
    'weir_worker_event_loop_utilization',
    'Share of the time since the last request in which the worker’s thread was at work.',
    [],
  );
  const storeUp = gauge('weir_store_up', '1 when the database answered this request for metrics.', []);
  return {
    /** Everything as text, the store's figures as they are now. Without the database this process's own figures are still told. */
    async text(): Promise<string> {
      const known = await Promise.all([store.measure(), store.workers.alive()]).catch(() => null);
      for (const one of Object.values(stored)) one.reset();
      // A gauge without labels is 0 after a reset; not knowing is not the same.
      stored.workers.remove();
      storeUp.set(known ? 1 : 0);
      const before = utilization;
      utilization = performance.eventLoopUtilization();
      atWork.set(performance.eventLoopUtilization(utilization, before).utilization);
      if (known) {
        fill(stored, known[0], new Date());
        stored.workers.set(known[1]);
      }
      return registry.metrics();
    },
    contentType: registry.contentType,
    records: counter('weir_delivered_records_total', 'Records that a destination acknowledged.', delivery),
    bytes: counter('weir_delivered_bytes_total', 'Bytes that a destination acknowledged.', delivery),
    batches: counter('weir_delivered_batches_total', 'Batches that a destination acknowledged.', delivery),
    failures: counter('weir_delivery_failures_total', 'Attempts that failed, by kind.', [...delivery, 'kind']),
    filtered: counter('weir_filtered_records_total', 'Records that a setting’s condition left out.', delivery),
    quarantined: counter('weir_quarantined_records_total', 'Records that a destination refused for good.', delivery),
    duration: new Histogram({
      name: 'weir_delivery_duration_seconds',
      help: 'From the preparation of a batch to its acknowledgement.',
      labelNames: [...delivery],
      buckets: [0.05, 0.2, 1, 5, 20, 60],
      registers,
    }),
    busy: gauge('weir_delivery_slots_busy', 'Deliveries that this worker moves now.', []),
    stalled: gauge('weir_stalled_deliveries', 'Deliveries with records waiting and nothing tried.', []),
    read: counter('weir_source_records_total', 'Records that sources read, by state: accepted, duplicate.', [...source, 'state']),
    verified: counter('weir_verifications_total', 'Verifications in the background, by what they found.', ['type', 'result']),
    retained: counter('weir_retention_blobs_total', 'Archived blobs past their time, by what came of it.', ['outcome']),
    sourceFailures: counter('weir_source_failures_total', 'Windows that could not be read.', source),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;

function fill(
  stored: Record<'waiting' | 'oldest' | 'quarantine' | 'delivered' | 'status' | 'lag' | 'windows' | 'records', Gauge>,
  measures: Measures,
  now: Date,
): void {
  const seconds = (since: Date) => Math.max(0, (now.getTime() - since.getTime()) / 1000);
  for (const { tenantId: tenant, setting, category, type, facts } of measures.deliveries) {
    const labels = { tenant, setting, category, type };
    stored.waiting.set(labels, facts.head - facts.checkpoint);
    stored.oldest.set(labels, facts.oldestWaitingAt ? seconds(facts.oldestWaitingAt) : 0);
    stored.quarantine.set(labels, facts.quarantined);
    if (facts.lastDeliveredAt) stored.delivered.set(labels, facts.lastDeliveredAt.getTime() / 1000);
    stored.status.set({ ...labels, status: deriveStatus(facts, now).status }, 1);
  }
  for (const { tenantId: tenant, source: name, readTo, planned, retry } of measures.sources) {
    if (readTo) stored.lag.set({ tenant, source: name }, seconds(readTo));
    stored.windows.set({ tenant, source: name, state: 'planned' }, planned);
    stored.windows.set({ tenant, source: name, state: 'retry' }, retry);
  }
  for (const { tenantId: tenant, category, records } of measures.logs) stored.records.set({ tenant, category }, records);
}
