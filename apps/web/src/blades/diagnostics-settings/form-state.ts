import {
  missingSecrets,
  NAME_TAKEN,
  partnerFields,
  partnerOf,
  partnerTypes,
  sameName,
  settingInput,
  settingName,
  sinkField,
  sinkInUse,
  usedSinks,
  type DestinationsInput,
  type DestinationType,
  type OtherSetting,
  type PartnerType,
  type SettingInput,
  type SettingTrialInput,
  type SettingView,
} from '@weir/contract';
import { initialBatching, initialShaping, shapingInput, type BatchingState, type ShapingState } from './shaping-state.ts';

/** What the form holds while it is edited. Numbers stay text until Save, so that a half-typed one is not lost. */
export interface FormState {
  name: string;
  categories: Record<string, { on: boolean; days: string }>;
  storage: { on: boolean; subscriptionId: string; storageAccountId: string };
  eventHub: { on: boolean; subscriptionId: string; namespaceId: string; authorizationRuleId: string; eventHubName: string };
  logAnalytics: { on: boolean; subscriptionId: string; workspaceId: string };
  /** What was entered for each partner solution is kept while another is looked at. Secrets stand empty until they are entered. */
  partner: { on: boolean; type: PartnerType | ''; values: Record<PartnerType, Record<string, string>> };
  shaping: ShapingState;
  batching: BatchingState;
  /** As the browser's field has it, in UTC; empty: no history. */
  historyFrom: string;
}

const subscriptionOf = (id: string): string => /^\/subscriptions\/([^/]+)/i.exec(id)?.[1] ?? '';
const namespaceOf = (ruleId: string): string => ruleId.split(/\/authorizationRules\//i)[0] ?? '';
/** The last part of an ARM id: the name a person knows. */
export const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);

/** An empty form, or one that shows a saved setting. */
export function initialState(categoryNames: readonly string[], setting?: SettingView): FormState {
  const saved = new Map(setting?.categories.map((c) => [c.category, c.retentionDays]));
  const { storage, eventHub, logAnalytics } = setting?.destinations ?? {};
  const partner = partnerOf(setting?.destinations ?? {});
  return {
    name: setting?.name ?? '',
    categories: Object.fromEntries(categoryNames.map((name) => [name, { on: saved.has(name), days: String(saved.get(name) ?? 0) }])),
    storage: {
      on: !!storage,
      subscriptionId: subscriptionOf(storage?.storageAccountId ?? ''),
      storageAccountId: storage?.storageAccountId ?? '',
    },
    eventHub: {
      on: !!eventHub,
      subscriptionId: subscriptionOf(eventHub?.authorizationRuleId ?? ''),
      namespaceId: namespaceOf(eventHub?.authorizationRuleId ?? ''),
      authorizationRuleId: eventHub?.authorizationRuleId ?? '',
      eventHubName: eventHub?.eventHubName ?? '',
    },
    logAnalytics: {
      on: !!logAnalytics,
      subscriptionId: subscriptionOf(logAnalytics?.workspaceId ?? ''),
      workspaceId: logAnalytics?.workspaceId ?? '',
    },
    partner: {
      on: partner !== undefined,
      type: partner ?? '',
      values: Object.fromEntries(
        partnerTypes.map((type) => {
          const target: Record<string, unknown> = setting?.destinations[type] ?? {};
          return [type, Object.fromEntries(partnerFields(type).map(({ name }) => [name, String(target[name] ?? '')]))];
        }),
      ) as FormState['partner']['values'],
    },
    shaping: initialShaping(setting),
    batching: initialBatching(setting),
    historyFrom: '',
  };
}

/** A partner solution as the API takes it: what stands empty is left out, so that a stored secret is kept. */
function partnerInput(type: PartnerType, values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    partnerFields(type).flatMap(({ name, kind, required }) => {
      const text = (values[name] ?? '').trim();
      if (text === '' && (kind === 'secret' || !required)) return [];
      return [[name, kind === 'number' ? Number(text) : text]];
    }),
  );
}

/** The destinations that are ticked. */
export function tickedTypes(state: FormState): DestinationType[] {
  return [...azureTypes.filter((type) => state[type].on), ...(state.partner.on && state.partner.type !== '' ? [state.partner.type] : [])];
}
const azureTypes = ['storage', 'eventHub', 'logAnalytics'] as const;

/** Messages by field: `name`, `categories`, `categories.AuditLogs`, `destinations`, `destinations.storage.storageAccountId` … */
export type FieldErrors = Record<string, string>;

/** What a setting is checked against besides its own fields. */
export interface Surroundings {
  /** The directory's other settings. */
  others: readonly OtherSetting[];
  /** The setting that is edited; null: a new one. */
  saved: Pick<SettingView, 'secrets' | 'destinations'> | null;
}

/**
 * The body of a PUT, or what is wrong, field by field. What the API has no field for is named here; every other rule is the
 * contract's, so the server says the same.
 */
export function toInput(
  state: FormState,
  around?: Surroundings,
): { input: SettingInput; errors: null } | { input: null; errors: FieldErrors } {
  const errors: FieldErrors = {};
  const name = settingName.safeParse(state.name);
  if (!name.success) errors['name'] = name.error.issues[0]!.message;
  else if (around?.saved === null && around.others.some((other) => sameName(other.name, state.name))) errors['name'] = NAME_TAKEN;
  const ticked = Object.entries(state.categories).filter(([, c]) => c.on);
  const input = {
    categories: ticked.map(([category, { days }]) => ({
      category,
      retentionDays: days.trim() === '' || !state.storage.on ? 0 : Number(days),
    })),
    destinations: {
      ...(state.storage.on && { storage: { storageAccountId: state.storage.storageAccountId } }),
      ...(state.eventHub.on && {
        eventHub: {
          authorizationRuleId: state.eventHub.authorizationRuleId,
          ...(state.eventHub.eventHubName.trim() && { eventHubName: state.eventHub.eventHubName.trim() }),
        },
      }),
      ...(state.logAnalytics.on && { logAnalytics: { workspaceId: state.logAnalytics.workspaceId } }),
      ...(state.partner.on &&
        state.partner.type && { [state.partner.type]: partnerInput(state.partner.type, state.partner.values[state.partner.type]) }),
    },
    ...shapingInput(state.shaping, state.batching, state.historyFrom, tickedTypes(state)),
  };
  for (const type of azureTypes)
    if (state[type].on && !state[type].subscriptionId) errors[`destinations.${type}.subscriptionId`] = 'Choose a subscription.';
  if (state.eventHub.on && !state.eventHub.namespaceId) errors['destinations.eventHub.namespaceId'] = 'Choose an event hub namespace.';
  if (state.partner.on && state.partner.type === '') errors['destinations.partner'] = 'Choose a partner solution.';
  const parsed = settingInput.safeParse(input);
  if (!parsed.success) {
    for (const issue of parsed.error.issues)
      errors[
        fieldOf(
          issue.path.map(String),
          ticked.map(([category]) => category),
        )
      ] ??= issue.message;
  }
  if (around) {
    const meant = (parsed.data ?? input) as SettingInput;
    const chosen = destinationsWithSink(meant.destinations);
    for (const used of usedSinks({ ...meant, destinations: chosen }, around.others))
      errors[sinkField(used.type)] ??= sinkInUse(chosen, used);
    const stored = around.saved?.secrets.map((secret) => secret.path) ?? [];
    for (const { path, message } of missingSecrets(meant.destinations, stored, around.saved?.destinations ?? {})) errors[path] ??= message;
  }
  return Object.keys(errors).length > 0 || !parsed.success ? { input: null, errors } : { input: parsed.data, errors: null };
}

/** What Check and Preview take, or what is wrong: as Save does, but a new setting need not be named yet. `savedAs` is that of a saved one. */
export function toTrial(
  state: FormState,
  savedAs?: string,
): { input: SettingTrialInput; errors: null } | { input: null; errors: FieldErrors } {
  const { input, errors } = toInput({ ...state, name: savedAs ?? 'new' });
  return input ? { input: { ...input, ...(savedAs !== undefined && { savedAs }) }, errors: null } : { input: null, errors };
}

/** Without those whose picker is empty: an empty id is no sink. */
const destinationsWithSink = (all: DestinationsInput): DestinationsInput =>
  Object.fromEntries(
    Object.entries(all).filter(
      ([type, target]) => target && (target as Record<string, unknown>)[sinkField(type as DestinationType).split('.')[2]!],
    ),
  );

/** A field's path as the form knows it: `categories.2.retentionDays` becomes `categories.<its name>`. */
export function fieldOf(path: readonly string[], ticked: readonly string[]): string {
  if (path[0] === 'body') return fieldOf(path.slice(1), ticked);
  if (path[0] === 'categories' && path[1] !== undefined) return `categories.${ticked[Number(path[1])] ?? path[1]}`;
  return path.join('.');
}

/** The errors of the fields of these parts of the form. */
const fieldsOf: Partial<Record<keyof FormState, readonly string[]>> = {
  name: ['name'],
  categories: ['categories'],
  shaping: ['condition', 'masks'],
  batching: ['batching'],
  historyFrom: ['includeHistoryFrom'],
};
/** A field's message goes as soon as its part of the form changes; `destinations` covers all of them. */
export function withoutErrors(errors: FieldErrors, parts: readonly (keyof FormState)[]): FieldErrors {
  const changed = parts.flatMap((part) => fieldsOf[part] ?? ['destinations']);
  return Object.fromEntries(
    Object.entries(errors).filter(([field]) => !changed.some((part) => field === part || field.startsWith(`${part}.`))),
  );
}

/** Whether anything was changed since the form opened. */
export const isChanged = (a: FormState, b: FormState): boolean => JSON.stringify(a) !== JSON.stringify(b);
