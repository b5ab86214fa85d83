import {
  destinationTypes,
  secretAudience,
  secretFields,
  secretsIn,
  sinkId,
  sinkOf,
  type Destinations,
  type DestinationsInput,
  type DestinationTargets,
  type DestinationType,
} from './destinations/index.ts';
import type { SettingInput } from './settings.ts';

// Rules that look at more than one setting or at what is stored, and their sentences: the form asks them while somebody types,
// the server before it saves.

/** Five settings for one log provider. https://learn.microsoft.com/azure/azure-monitor/essentials/diagnostic-settings#limits */
export const MAX_SETTINGS = 5;
export const NAME_TAKEN = 'This name is taken.';
/** As Azure says it. */
export const limitReached = (limit: number): string =>
  `The limit of ${limit} diagnostic settings was reached. To create a new diagnostic setting, delete an existing one.`;
/** As Azure says it; the sink by the id that the admin wrote. */
export const sinkInUse = (input: DestinationsInput, found: { sink: string; setting: string; category: string }): string =>
  `Data sink '${sinkId(input, found.sink)}' is already used in diagnostic setting '${found.setting}' for category '${found.category}'. Data sinks can't be reused in different settings on the same category for the same resource.`;

/** A setting as far as others must not collide with it. */
export interface OtherSetting {
  readonly name: string;
  readonly categories: readonly { readonly category: string }[];
  readonly destinations: Destinations;
}
export const sameName = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Sinks of a setting that another one uses for one of its categories. A sink is used once per category. */
export function usedSinks(
  input: Pick<SettingInput, 'categories' | 'destinations'>,
  others: readonly OtherSetting[],
): { type: DestinationType; sink: string; setting: string; category: string }[] {
  return destinationTypes.flatMap((type) => {
    const sink = sinkIn(type, input.destinations[type]);
    if (sink === null) return [];
    for (const other of others) {
      const category = other.categories.find((c) => input.categories.some((mine) => mine.category === c.category))?.category;
      if (category !== undefined && sinkIn(type, other.destinations[type]) === sink) return [{ type, sink, setting: other.name, category }];
    }
    return [];
  });
}
const sinkIn = (type: DestinationType, target: DestinationTargets[DestinationType] | undefined): string | null =>
  target ? sinkOf(type, target) : null;

const sinkFields = {
  storage: 'storageAccountId',
  eventHub: 'authorizationRuleId',
  logAnalytics: 'workspaceId',
  splunk: 'url',
  elastic: 'url',
  webhook: 'url',
} as const satisfies Record<DestinationType, string>;
/** The field that says which sink a destination is. */
export const sinkField = (type: DestinationType): string => `destinations.${type}.${sinkFields[type]}`;
/** The same, of a sink that `sinkOf` gave. */
export function fieldOfSink(input: DestinationsInput, sink: string): string {
  const type = destinationTypes.find((t) => sinkIn(t, input[t]) === sink);
  return type === undefined ? 'destinations' : sinkField(type);
}

export const SECRET_MISSING = 'Enter it: nothing is stored yet.';
export const SECRET_ELSEWHERE = 'The address changed. Enter this anew: what is stored is only sent to the address that it was entered for.';
/** Whether a stored secret may be used for what a destination is now. */
export const keepsSecret = (type: DestinationType, before: DestinationTargets[DestinationType], now: DestinationTargets[DestinationType]) =>
  secretAudience(type, before) === secretAudience(type, now);

/** Secrets that are left out although none is stored for this address. `stored`: paths, as `destinations.splunk.token`. */
export function missingSecrets(
  input: DestinationsInput,
  stored: readonly string[],
  before: Destinations,
): { path: string; message: string }[] {
  return destinationTypes.flatMap((type) => {
    const target = input[type];
    if (!target) return [];
    const given = secretsIn(type, input);
    return secretFields(type).flatMap((field) => {
      const path = `destinations.${type}.${field}`;
      const old = before[type];
      if (given[field] !== undefined) return [];
      if (!stored.includes(path) || !old) return [{ path, message: SECRET_MISSING }];
      return keepsSecret(type, old, target as DestinationTargets[DestinationType]) ? [] : [{ path, message: SECRET_ELSEWHERE }];
    });
  });
}
