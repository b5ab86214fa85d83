import type { TokenCredential } from '@azure/core-auth';
import type { EventHubTarget } from '@weir/contract';
import type { DestinationFactory } from '@weir/engine';
import { ArmClient, apiVersions } from '../azure/arm.ts';
import { inTenant } from '../azure/credential.ts';
import { classify } from '../azure/faults.ts';
import type { Watch } from '../watch.ts';
import { openHub } from './hub.ts';

/** The hub that a category goes to: the named one, else Azure's own name for it. */
export const hubName = (target: EventHubTarget, category: string): string =>
  target.eventHubName ?? `insights-logs-${category.toLowerCase()}`;

export interface EventHubOptions {
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  intervalMs: number;
  watch?: Watch;
}

/** Stream to an event hub: `{"records":[…]}` messages, at least once, with the same message id on a retry. */
export const eventHubFactory = (options: EventHubOptions): DestinationFactory<'eventHub'> => ({
  type: 'eventHub',
  async open(target, identity, signal) {
    const arm = new ArmClient({
      credential: inTenant(options.credential, identity.tenantId),
      endpoint: options.armEndpoint,
      scope: options.armScope,
    });
    const connectionString = async (s?: AbortSignal): Promise<string> =>
      (await arm.post<{ primaryConnectionString: string }>(`${target.authorizationRuleId}/listKeys`, apiVersions.eventHub, undefined, s))
        .primaryConnectionString;
    try {
      const destination = await openHub(
        await connectionString(signal),
        connectionString,
        hubName(target, identity.category),
        identity,
        options,
        signal,
      );
      return { kind: 'open', destination };
    } catch (error) {
      return classify(error);
    }
  },
});
