import type { DestinationFactory } from '@weir/engine';
import { createHttpClient, type NetworkPolicy } from '../http/client.ts';
import { secretMissing } from '../http/outcomes.ts';
import type { Watch } from '../watch.ts';
import { openIndex } from './bulk.ts';

export interface ElasticOptions {
  network: NetworkPolicy;
  intervalMs: number;
  watch?: Watch;
}

/** Send to Elastic: the bulk API, each record created under an id of its own, so exactly once in an index. */
export const elasticFactory = (options: ElasticOptions): DestinationFactory<'elastic'> => ({
  type: 'elastic',
  async open(target, identity, _signal, secrets) {
    if (!secrets?.current['apiKey']) return secretMissing('API key');
    return {
      kind: 'open',
      destination: openIndex({ target, identity, secrets, http: createHttpClient(options.network, undefined, options.watch) }, options),
    };
  },
});
