import { destinationTypes, isPartner, type DestinationsInput } from '../destinations/index.ts';
import { settingInput, type SettingInput } from '../settings.ts';

/** The version that Intune's diagnostic settings have in Azure. */
export const ARM_API_VERSION = '2017-04-01-preview';
export const INTUNE_NAMESPACE = 'microsoft.intune';

export interface ArmLog {
  category: string;
  enabled: boolean;
  /** Days that a storage account keeps the data; 0 or not enabled: forever. */
  retentionPolicy: { enabled: boolean; days: number };
}
/** `properties` of a diagnostic setting, as Azure Resource Manager has them. */
export interface ArmProperties {
  storageAccountId: string | null;
  serviceBusRuleId: null;
  /** `""`: none. */
  workspaceId: string;
  eventHubAuthorizationRuleId: string | null;
  /** `""`: each category's own hub. */
  eventHubName: string | null;
  metrics: never[];
  logs: ArmLog[];
  logAnalyticsDestinationType: null;
}
/** One thing that is wrong with a request: what it is called, where it stands, a sentence. */
export interface ArmFault {
  code: 'BadRequest' | 'InvalidRequestContent';
  target: string;
  message: string;
}
type Described = Pick<SettingInput, 'categories'> & { destinations: DestinationsInput };

/** Where a setting stands below an endpoint of Azure Resource Manager; without a name, the list. */
export const armPath = (name?: string): string =>
  `/providers/${INTUNE_NAMESPACE}/diagnosticSettings${name === undefined ? '' : `/${encodeURIComponent(name)}`}?api-version=${ARM_API_VERSION}`;

const retentionPolicy = (days: number) => ({ enabled: days > 0, days });

/**
 * A setting as Azure answers it: every category of the provider, ticked or not.
 * @param known names of the provider's categories, in their order
 */
export function armProperties(setting: Described, known: readonly string[]): ArmProperties {
  const { storage, eventHub, logAnalytics } = setting.destinations;
  const ticked = new Map(setting.categories.map((c) => [c.category, c.retentionDays]));
  return {
    storageAccountId: storage?.storageAccountId ?? null,
    serviceBusRuleId: null,
    workspaceId: logAnalytics?.workspaceId ?? '',
    eventHubAuthorizationRuleId: eventHub?.authorizationRuleId ?? null,
    eventHubName: eventHub ? (eventHub.eventHubName ?? '') : null,
    metrics: [],
    logs: [...new Set([...known, ...ticked.keys()])].map((category) => ({
      category,
      enabled: ticked.has(category),
      retentionPolicy: retentionPolicy(ticked.get(category) ?? 0),
    })),
    logAnalyticsDestinationType: null,
  };
}

/** The body of a PUT that makes the setting: what it has, and nothing that it has not. */
export function armBody(setting: Described): { properties: Partial<Omit<ArmProperties, 'metrics' | 'serviceBusRuleId'>> } {
  const { storage, eventHub, logAnalytics } = setting.destinations;
  return {
    properties: {
      ...(storage && { storageAccountId: storage.storageAccountId }),
      ...(eventHub && { eventHubAuthorizationRuleId: eventHub.authorizationRuleId }),
      ...(eventHub?.eventHubName !== undefined && { eventHubName: eventHub.eventHubName }),
      ...(logAnalytics && { workspaceId: logAnalytics.workspaceId }),
      logs: setting.categories.map((c) => ({ category: c.category, enabled: true, retentionPolicy: retentionPolicy(c.retentionDays) })),
    },
  };
}

/** `null`, `[]` and `{}` say that an optional part is not there. */
const isNothing = (value: unknown): boolean => value === null || (typeof value === 'object' && Object.keys(value).length === 0);
const needed = ['categories', 'destinations'];

/** What of a setting a PUT takes back: all that `settingInput` knows, whatever it may come to know, without what is empty. */
export const settingInputOf = (setting: object): SettingInput =>
  Object.fromEntries(
    Object.keys(settingInput.shape).flatMap((key) => {
      const value = (setting as Record<string, unknown>)[key];
      return value === undefined || (isNothing(value) && !needed.includes(key)) ? [] : [[key, value]];
    }),
  ) as SettingInput;

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, 80) ?? 'nothing';

const envelope = ['id', 'name', 'type', 'location', 'kind', 'tags', 'identity', 'systemData', 'etag', 'properties'] as const;
const members = [
  'storageAccountId',
  'serviceBusRuleId',
  'workspaceId',
  'eventHubAuthorizationRuleId',
  'eventHubName',
  'marketplacePartnerId',
  'logAnalyticsDestinationType',
  'metrics',
  'logs',
] as const;
const logMembers = ['category', 'categoryGroup', 'enabled', 'retentionPolicy'] as const;
const metricMembers = ['category', 'enabled', 'retentionPolicy', 'timeGrain'] as const;
const retentionMembers = ['enabled', 'days'] as const;

class Refused extends Error {
  readonly fault: ArmFault;
  constructor(fault: ArmFault) {
    super(fault.message);
    this.fault = fault;
  }
}
const bad = (target: string, message: string) => new Refused({ code: 'BadRequest', target, message });
const unreadable = (target: string, message: string) =>
  new Refused({
    code: 'InvalidRequestContent',
    target,
    message: `The request content was invalid and could not be deserialized: '${message}'.`,
  });

/** The members of an object, whatever their case, as Azure reads them. One that is not known is refused: left out, it would change what is meant. */
function read<K extends string>(value: unknown, names: readonly K[], path: string): Partial<Record<K, unknown>> {
  if (!isObject(value)) throw unreadable(path, `Expected an object and found ${shown(value)}. Path '${path}'.`);
  const found: Partial<Record<K, unknown>> = {};
  for (const [key, part] of Object.entries(value)) {
    const name = names.find((n) => n.toLowerCase() === key.toLowerCase());
    const at = path === '' ? key : `${path}.${key}`;
    if (name === undefined)
      throw unreadable(
        at,
        `Could not find member '${key.slice(0, 100)}' on object of type 'DiagnosticSettings'. Path '${at.slice(0, 200)}'`,
      );
    if (name in found) throw unreadable(at, `The member '${name}' stands there twice. Path '${at}'`);
    found[name] = part;
  }
  return found;
}
function text(value: unknown, path: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw unreadable(path, `Expected a string and found ${shown(value)}. Path '${path}'`);
  return value;
}
function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw unreadable(path, `Expected an array and found ${shown(value)}. Path '${path}'`);
  return value;
}
function flag(value: unknown, path: string): boolean {
  if (typeof value !== 'boolean') throw unreadable(path, `Expected true or false and found ${shown(value)}. Path '${path}'`);
  return value;
}
function days(value: unknown, path: string): number {
  if (value === undefined || value === null) return 0;
  const policy = read(value, retentionMembers, path);
  const enabled = flag(policy.enabled, `${path}.enabled`);
  const { days: given = 0 } = policy;
  if (typeof given !== 'number' || !Number.isInteger(given) || given < 0)
    throw bad(`${path}.days`, `'days' must be a whole number of days, 0 or more; found ${shown(given)}. 0 keeps the data forever.`);
  return enabled ? given : 0;
}

/** An id that differs from the stored one in case only is the same id: it stays as it is, and nothing has changed. */
const sameId = (given: string, stored: string | undefined): string => (stored?.toLowerCase() === given.toLowerCase() ? stored : given);

/**
 * What a PUT of Azure's body asks for. What Azure cannot say (partner solutions, and whatever else Weir adds to a setting, a
 * category or a destination) stays as `current` has it; what it can say is replaced as a whole, so a category that is not named
 * is unticked.
 * @param current the setting as it stands, or null for a new one
 * @param known names of the provider's categories
 */
export function settingFromArm(
  body: unknown,
  current: SettingInput | null,
  known: readonly string[],
): { input: SettingInput } | { fault: ArmFault; details: ArmFault[] } {
  try {
    const input = inputFrom(body, current, known);
    const checked = settingInput.safeParse(input);
    if (checked.success) return { input: checked.data };
    const details = checked.error.issues
      .slice(0, 20)
      .map((i): ArmFault => ({ code: 'BadRequest', target: armTarget(i.path.join('.')), message: i.message }));
    return { fault: details[0]!, details };
  } catch (error) {
    if (error instanceof Refused) return { fault: error.fault, details: [] };
    throw error;
  }
}

function inputFrom(body: unknown, current: SettingInput | null, known: readonly string[]): SettingInput {
  const { properties } = read(body, envelope, '');
  if (properties === undefined || properties === null) throw bad('properties', "The property 'properties' is required.");
  const p = read(properties, members, 'properties');
  if (text(p.serviceBusRuleId, 'properties.serviceBusRuleId'))
    throw bad('properties.serviceBusRuleId', 'serviceBusRuleId is not supported. Use eventHubAuthorizationRuleId.');
  if (text(p.marketplacePartnerId, 'properties.marketplacePartnerId'))
    throw bad(
      'properties.marketplacePartnerId',
      'Partner solutions are not Azure resources here. Set them in the admin center, or as a file; a PUT leaves them as they are.',
    );
  const kind = text(p.logAnalyticsDestinationType, 'properties.logAnalyticsDestinationType');
  if (kind !== undefined && !/^(dedicated|azurediagnostics)$/i.test(kind))
    throw bad('properties.logAnalyticsDestinationType', `'${kind.slice(0, 80)}' is none of Dedicated, AzureDiagnostics.`);
  for (const [i, item] of list(p.metrics, 'properties.metrics').entries()) {
    const metric = read(item, metricMembers, `properties.metrics[${i}]`);
    if (metric.enabled === true) throw bad(`properties.metrics[${i}]`, `Metric category '${String(metric.category)}' is not supported.`);
  }
  return { ...current, categories: categoriesFrom(p.logs, current, known), destinations: destinationsFrom(p, current) };
}

function categoriesFrom(logs: unknown, current: SettingInput | null, known: readonly string[]): SettingInput['categories'] {
  const seen = new Set<string>();
  return list(logs, 'properties.logs').flatMap((item, i) => {
    const at = `properties.logs[${i}]`;
    const log = read(item, logMembers, at);
    const group = text(log.categoryGroup, `${at}.categoryGroup`);
    if (group !== undefined)
      throw bad(`${at}.categoryGroup`, `Category group '${group.slice(0, 80)}' is not supported. Name each category.`);
    const given = text(log.category, `${at}.category`);
    if (given === undefined) throw bad(`${at}.category`, "The property 'category' is required.");
    const category = [...known, ...(current?.categories.map((c) => c.category) ?? [])].find((k) => k.toLowerCase() === given.toLowerCase());
    if (category === undefined) throw bad(`${at}.category`, `Category '${given.slice(0, 100)}' is not supported.`);
    if (seen.has(category)) throw bad(`${at}.category`, `Category '${category}' stands there twice.`);
    seen.add(category);
    const retentionDays = days(log.retentionPolicy, `${at}.retentionPolicy`);
    if (!flag(log.enabled, `${at}.enabled`)) return [];
    return [{ ...current?.categories.find((c) => c.category === category), category, retentionDays }];
  });
}

function destinationsFrom(p: Partial<Record<(typeof members)[number], unknown>>, current: SettingInput | null): DestinationsInput {
  const old = current?.destinations ?? {};
  const storageAccountId = text(p.storageAccountId, 'properties.storageAccountId');
  const workspaceId = text(p.workspaceId, 'properties.workspaceId');
  const authorizationRuleId = text(p.eventHubAuthorizationRuleId, 'properties.eventHubAuthorizationRuleId');
  const eventHubName = text(p.eventHubName, 'properties.eventHubName');
  if (eventHubName !== undefined && authorizationRuleId === undefined)
    throw bad('properties.eventHubName', 'eventHubName needs eventHubAuthorizationRuleId.');
  const { eventHubName: _, ...oldHub } = old.eventHub ?? { authorizationRuleId: '' };
  return {
    ...Object.fromEntries(destinationTypes.flatMap((type) => (isPartner(type) && old[type] ? [[type, old[type]]] : []))),
    ...(storageAccountId && {
      storage: { ...old.storage, storageAccountId: sameId(storageAccountId, old.storage?.storageAccountId) },
    }),
    ...(authorizationRuleId && {
      eventHub: {
        ...oldHub,
        authorizationRuleId: sameId(authorizationRuleId, old.eventHub?.authorizationRuleId),
        ...(eventHubName && { eventHubName: sameId(eventHubName, old.eventHub?.eventHubName) }),
      },
    }),
    ...(workspaceId && { logAnalytics: { ...old.logAnalytics, workspaceId: sameId(workspaceId, old.logAnalytics?.workspaceId) } }),
  };
}

const targets: Readonly<Record<string, string>> = {
  'destinations.storage.storageAccountId': 'properties.storageAccountId',
  'destinations.eventHub.authorizationRuleId': 'properties.eventHubAuthorizationRuleId',
  'destinations.eventHub.eventHubName': 'properties.eventHubName',
  'destinations.logAnalytics.workspaceId': 'properties.workspaceId',
  destinations: 'properties',
  categories: 'properties.logs',
};
/** A field of a setting in Azure's words: `destinations.storage.storageAccountId` is `properties.storageAccountId`. */
export const armTarget = (path: string): string =>
  targets[path] ?? (path.startsWith('categories.') ? 'properties.logs' : path.startsWith('destinations.') ? `properties.${path}` : path);
