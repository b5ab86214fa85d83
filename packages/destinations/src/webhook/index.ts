import type { DestinationFactory } from '@weir/engine';
import { createHttpClient, type NetworkPolicy } from '../http/client.ts';
import { secretMissing } from '../http/outcomes.ts';
import type { Watch } from '../watch.ts';
import { openWebhook } from './hook.ts';

export interface WebhookOptions {
  network: NetworkPolicy;
  intervalMs: number;
  watch?: Watch;
}

/** Send to a webhook: `{"records":[…]}` signed as Standard Webhooks says, at least once, with the same id when it is sent again. */
export const webhookFactory = (options: WebhookOptions): DestinationFactory<'webhook'> => ({
  type: 'webhook',
  async open(target, identity, _signal, secrets) {
    if (!secrets?.current['secret']) return secretMissing('signing secret');
    return {
      kind: 'open',
      destination: openWebhook({ target, identity, secrets, http: createHttpClient(options.network, undefined, options.watch) }, options),
    };
  },
});
