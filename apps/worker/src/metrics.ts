import { Counter, Gauge, Registry } from 'prom-client';

/** What /metrics shows. Labels stay few: tenant and setting are in the logs. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const labelNames = ['type', 'category'] as const;
  return {
    registry,
    records: new Counter({ name: 'weir_delivered_records_total', help: 'Records that a destination acknowledged.', labelNames, registers }),
    bytes: new Counter({ name: 'weir_delivered_bytes_total', help: 'Bytes that a destination acknowledged.', labelNames, registers }),
    failures: new Counter({
      name: 'weir_delivery_failures_total',
      help: 'Attempts that failed, by kind.',
      labelNames: [...labelNames, 'kind'],
      registers,
    }),
    quarantined: new Counter({
      name: 'weir_quarantined_records_total',
      help: 'Records that a destination refused for good.',
      labelNames,
      registers,
    }),
    busy: new Gauge({ name: 'weir_delivery_slots_busy', help: 'Deliveries that are being moved now.', registers }),
    stalled: new Gauge({ name: 'weir_stalled_deliveries', help: 'Deliveries with records waiting and nothing tried.', registers }),
    read: new Counter({
      name: 'weir_source_records_total',
      help: 'Records that sources read.',
      labelNames: ['source', 'state'],
      registers,
    }),
    verified: new Counter({
      name: 'weir_verifications_total',
      help: 'Verifications in the background, by what they found.',
      labelNames: ['type', 'result'],
      registers,
    }),
    sourceFailures: new Counter({
      name: 'weir_source_failures_total',
      help: 'Windows that could not be read.',
      labelNames: ['source'],
      registers,
    }),
  };
}
export type Metrics = ReturnType<typeof createMetrics>;
