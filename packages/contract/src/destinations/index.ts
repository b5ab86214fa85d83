import { z } from 'zod';
import { elasticInput, elasticTarget, type ElasticTarget } from './elastic.ts';
import { authorizationRuleId, storageAccountId, workspaceId } from './ids.ts';
import { splunkInput, splunkTarget, type SplunkTarget } from './splunk.ts';
import { webhookInput, webhookTarget, type WebhookTarget } from './webhook.ts';

export type { ElasticTarget, SplunkTarget, WebhookTarget };
export { WEBHOOK_KILOBYTES } from './webhook.ts';

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

/** The partner solutions, of which a setting has one: Azure, too, allows one destination of each type. */
export const partnerTypes = ['splunk', 'elastic', 'webhook'] as const;
export type PartnerType = (typeof partnerTypes)[number];
export const destinationTypes = ['storage', 'eventHub', 'logAnalytics', ...partnerTypes] as const;
export type DestinationType = (typeof destinationTypes)[number];
export type StorageTarget = z.infer<typeof storageTarget>;
export type EventHubTarget = z.infer<typeof eventHubTarget>;
export type LogAnalyticsTarget = z.infer<typeof logAnalyticsTarget>;
export interface DestinationTargets {
  storage: StorageTarget;
  eventHub: EventHubTarget;
  logAnalytics: LogAnalyticsTarget;
  splunk: SplunkTarget;
  elastic: ElasticTarget;
  webhook: WebhookTarget;
}

const azure = { storage: storageTarget.optional(), eventHub: eventHubTarget.optional(), logAnalytics: logAnalyticsTarget.optional() };
/** Where a setting sends to, as it is stored and shown: without any secret. */
export const destinations = z.strictObject({
  ...azure,
  splunk: splunkTarget.optional(),
  elastic: elasticTarget.optional(),
  webhook: webhookTarget.optional(),
});
export type Destinations = z.infer<typeof destinations>;

/** What a partner solution's form asks for: its target and its secrets. A secret that is left out is kept. */
export const partnerInputs = { splunk: splunkInput, elastic: elasticInput, webhook: webhookInput } as const;
/** One destination of each type at most, as Azure has it. */
export const destinationsInput = z.strictObject({
  ...azure,
  splunk: splunkInput.optional(),
  elastic: elasticInput.optional(),
  webhook: webhookInput.optional(),
});
export type DestinationsInput = z.infer<typeof destinationsInput>;

export const isPartner = (type: DestinationType): type is PartnerType => (partnerTypes as readonly string[]).includes(type);
/** The partner solution of a setting, if it has one. */
export const partnerOf = (input: DestinationsInput): PartnerType | undefined => partnerTypes.find((t) => input[t] !== undefined);
/** The fields of a type that are secrets. */
export const secretFields = (type: DestinationType): string[] =>
  isPartner(type)
    ? Object.entries(partnerInputs[type].shape).flatMap(([field, schema]) => (schema.meta()?.['writeOnly'] === true ? [field] : []))
    : [];

/** How long a replaced secret is still used beside the new one, in hours. */
export const secretOverlapHours = (type: DestinationType, field: string): number =>
  isPartner(type) ? Number((partnerInputs[type].shape as Record<string, z.ZodType>)[field]?.meta()?.['x-overlap-hours'] ?? 0) : 0;

/** The same destinations without their secrets: what is stored in the open, shown, and told in records. */
export function withoutSecrets(input: DestinationsInput): Destinations {
  return Object.fromEntries(
    destinationTypes.flatMap((type) => {
      const given = input[type];
      if (!given) return [];
      const secret = secretFields(type);
      return [[type, Object.fromEntries(Object.entries(given).filter(([field]) => !secret.includes(field)))]];
    }),
  ) as Destinations;
}
/** The secrets that were given, by field. */
export function secretsIn(type: DestinationType, input: DestinationsInput): Record<string, string> {
  const given = (input[type] ?? {}) as Record<string, unknown>;
  return Object.fromEntries(secretFields(type).flatMap((field) => (given[field] === undefined ? [] : [[field, String(given[field])]])));
}
/**
 * Who may be shown a destination's secrets: an address without its query. Behind one host may be many services, so a secret that was
 * entered for one address is not sent to another.
 */
export const secretAudience = (type: DestinationType, target: DestinationTargets[DestinationType]): string =>
  isPartner(type) ? (target as { url: string }).url.split('?')[0]! : '';

/**
 * The data sink's identity, for "a sink is used once per category": the storage account, the workspace, namespace + hub, the
 * collector + index, the cluster + index, the webhook's address. ARM ids compare without case.
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
    case 'splunk': {
      const { url, index } = target as SplunkTarget;
      return `${url}/services/collector/${index ?? ''}`;
    }
    case 'elastic': {
      const { url, index } = target as ElasticTarget;
      return `${url}/${index}`;
    }
    case 'webhook':
      return (target as WebhookTarget).url;
  }
}

/** The resource id of a sink as an admin wrote it, for messages; `sinkOf` is for comparing. */
export function sinkId(input: DestinationsInput, sink: string): string {
  const type = destinationTypes.find((t) => input[t] && sinkOf(t, input[t]) === sink);
  if (type === 'storage') return input.storage!.storageAccountId;
  if (type === 'logAnalytics') return input.logAnalytics!.workspaceId;
  return type === 'eventHub' ? input.eventHub!.authorizationRuleId : sink;
}
