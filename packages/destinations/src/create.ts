import type { TokenCredential } from '@azure/core-auth';
import type { DestinationType } from '@weir/contract';
import type { DestinationFactory } from '@weir/engine';
import { elasticFactory } from './elastic/index.ts';
import { eventHubFactory } from './event-hub/index.ts';
import type { NetworkPolicy } from './http/client.ts';
import { logAnalyticsFactory } from './log-analytics/index.ts';
import { splunkFactory } from './splunk/index.ts';
import { storageFactory } from './storage/index.ts';
import type { Watch } from './watch.ts';
import { webhookFactory } from './webhook/index.ts';

export interface DestinationsOptions {
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  monitorScope: string;
  /** At most one batch in this time (ms) while less than a full one waits. */
  intervals: Record<'storage' | 'eventHub' | 'logAnalytics', number> & { partner?: number };
  /** Where partner solutions may be called; without it, public addresses over https. */
  network?: NetworkPolicy;
  /** Appends after which a new blob is begun; less than Azure's 50,000 only in tests. */
  maxBlocks?: number;
  /** Told of each request with records, and of its answer. */
  watch?: Watch;
}
const PARTNER_INTERVAL_MS = 2_000;

const partner = ({ network = { privateAddresses: '', allowHttp: false }, intervals, watch }: DestinationsOptions) => ({
  network,
  ...(watch && { watch }),
  intervalMs: intervals.partner ?? PARTNER_INTERVAL_MS,
});

/** Every type of destination. A new one is one line here. */
export const createDestinations = (options: DestinationsOptions): { [T in DestinationType]: DestinationFactory<T> } => ({
  storage: storageFactory({ ...options, intervalMs: options.intervals.storage }),
  eventHub: eventHubFactory({ ...options, intervalMs: options.intervals.eventHub }),
  logAnalytics: logAnalyticsFactory({ ...options, intervalMs: options.intervals.logAnalytics }),
  splunk: splunkFactory(partner(options)),
  elastic: elasticFactory(partner(options)),
  webhook: webhookFactory(partner(options)),
});
