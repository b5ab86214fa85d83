import type { DestinationFactory } from '@weir/engine';
import { createHttpClient, type NetworkPolicy } from '../http/client.ts';
import { secretMissing } from '../http/outcomes.ts';
import type { Watch } from '../watch.ts';
import { openCollector, type SentBatches } from './collector.ts';

export interface SplunkOptions {
  network: NetworkPolicy;
  intervalMs: number;
  /** How long one attempt waits for the indexers, in ms. */
  acknowledgeMs?: number;
  watch?: Watch;
}

/** Send to Splunk: events to the HTTP Event Collector, at least once; `record_id` and `sequence` are indexed with each. */
export const splunkFactory = (options: SplunkOptions): DestinationFactory<'splunk'> => {
  // Outlives a destination that is opened anew: what the indexers have not acknowledged yet is asked after before it is sent again.
  const sent: SentBatches = new Map();
  return {
    type: 'splunk',
    async open(target, identity, _signal, secrets) {
      if (!secrets?.current['token']) return secretMissing('token');
      const http = createHttpClient(options.network, undefined, options.watch);
      return { kind: 'open', destination: openCollector({ target, identity, secrets, http, sent }, options) };
    },
  };
};
