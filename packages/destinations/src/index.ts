import type { TokenCredential } from '@azure/core-auth';
import type { DestinationType } from '@weir/contract';
import type { DestinationFactory } from '@weir/engine';
import { eventHubFactory } from './event-hub/index.ts';
import { logAnalyticsFactory } from './log-analytics/index.ts';
import { storageFactory } from './storage/index.ts';

export { ArmClient, ArmError, apiVersions } from './azure/arm.ts';
export { engineCredential, inTenant } from './azure/credential.ts';
export { classify } from './azure/faults.ts';
export { ruleIdOf, type DataCollectionRule } from './log-analytics/index.ts';
export { streamOf, toRow } from './log-analytics/workspace.ts';
export { prepareDestinations, type PrepareOptions, type SettingFault } from './prepare-setting.ts';

export interface DestinationsOptions {
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  monitorScope: string;
  /** At most one batch in this time (ms) while less than a full one waits. */
  intervals: Record<DestinationType, number>;
}

/** Every type of destination. A new one is one line here. */
export const createDestinations = (options: DestinationsOptions): { [T in DestinationType]: DestinationFactory<T> } => ({
  storage: storageFactory({ ...options, intervalMs: options.intervals.storage }),
  eventHub: eventHubFactory({ ...options, intervalMs: options.intervals.eventHub }),
  logAnalytics: logAnalyticsFactory({ ...options, intervalMs: options.intervals.logAnalytics }),
});
