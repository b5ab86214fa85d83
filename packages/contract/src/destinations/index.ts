import { z } from 'zod';
import { authorizationRuleId, storageAccountId, workspaceId } from './ids.ts';

/** Event hub names: 1 to 50 letters, digits, dots, dashes and underscores, beginning and ending with a letter or digit. */
const hubName = z
  .string()
  .regex(
    /^[a-zA-Z0-9]([-._a-zA-Z0-9]{0,48}[a-zA-Z0-9])?$/,
    'An event hub name has 1 to 50 letters, digits, ".", "-" or "_", and begins and ends with a letter or digit.',
  );

export const storageTarget = z
  .strictObject({ storageAccountId: storageAccountId.meta({ title: 'Storage account' }) })
  .meta({ id: 'StorageTarget', title: 'Archive to a storage account' });
export const eventHubTarget = z
  .strictObject({
    authorizationRuleId: authorizationRuleId.meta({ title: 'Event hub policy name' }),
    eventHubName: hubName.optional().meta({
      title: 'Event hub name (optional)',
      description: 'Left empty, each category goes to its own hub: insights-logs-<category>.',
    }),
  })
  .meta({ id: 'EventHubTarget', title: 'Stream to an event hub' });
export const logAnalyticsTarget = z
  .strictObject({ workspaceId: workspaceId.meta({ title: 'Log Analytics workspace' }) })
  .meta({ id: 'LogAnalyticsTarget', title: 'Send to Log Analytics workspace' });

export const destinationTypes = ['storage', 'eventHub', 'logAnalytics'] as const;
export type DestinationType = (typeof destinationTypes)[number];
export type StorageTarget = z.infer<typeof storageTarget>;
export type EventHubTarget = z.infer<typeof eventHubTarget>;
export type LogAnalyticsTarget = z.infer<typeof logAnalyticsTarget>;
export interface DestinationTargets {
  storage: StorageTarget;
  eventHub: EventHubTarget;
  logAnalytics: LogAnalyticsTarget;
}

/** One destination of each type at most, as Azure has it. */
export const destinations = z.strictObject({
  storage: storageTarget.optional(),
  eventHub: eventHubTarget.optional(),
  logAnalytics: logAnalyticsTarget.optional(),
});
export type Destinations = z.infer<typeof destinations>;

/**
 * The data sink's identity, for "a sink is used once per category": the storage account, the workspace, or namespace + hub.
 * ARM ids compare without case.
 */
export function sinkOf(type: DestinationType, target: DestinationTargets[DestinationType]): string {
  switch (type) {
    case 'storage':
      return (target as StorageTarget).storageAccountId.toLowerCase();
    case 'logAnalytics':
      return (target as LogAnalyticsTarget).workspaceId.toLowerCase();
    case 'eventHub': {
      const t = target as EventHubTarget;
      const namespace = t.authorizationRuleId.toLowerCase().split('/authorizationrules/')[0]!;
      return `${namespace}/eventhubs/${(t.eventHubName ?? '').toLowerCase()}`;
    }
  }
}

/** The resource id of a sink as an admin wrote it, for messages; `sinkOf` is for comparing. */
export function sinkId(input: Destinations, sink: string): string {
  const type = destinationTypes.find((t) => input[t] && sinkOf(t, input[t]) === sink);
  if (type === 'storage') return input.storage!.storageAccountId;
  if (type === 'logAnalytics') return input.logAnalytics!.workspaceId;
  return type === 'eventHub' ? input.eventHub!.authorizationRuleId : sink;
}
