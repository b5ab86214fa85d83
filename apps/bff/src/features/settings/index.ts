import {
  categoriesOf,
  destinationTypes,
  endpoints,
  fieldOfSink,
  limitReached,
  NAME_TAKEN,
  sinkInUse,
  SPARK_MINUTES,
  type DeliveryView,
  type SettingInput,
  type SettingView,
} from '@weir/contract';
import type { DeliveryFacts, FaultPlace } from '@weir/engine';
import type { Request } from 'express';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson, DestinationFault, LastVerification, SaveOutcome, Store, StoredSetting } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';
import { costsOf, measuredVolume } from './cost.ts';

export const PROVIDER = 'microsoft.intune';
export type DeriveStatus = (facts: DeliveryFacts, now: Date) => Pick<DeliveryView, 'status' | 'reason' | 'remedy'>;

/**
 * Which version the caller means to change: `If-None-Match: *` makes a new setting, `If-Match: "<version>"` changes that one.
 * Neither would overwrite what somebody else saved meanwhile, so it is refused.
 */
export function expectedVersion(headers: { ifMatch: string | undefined; ifNoneMatch: string | undefined }): number | 'new' {
  const { ifMatch, ifNoneMatch } = headers;
  const wrong = (path: string, message: string) => new HttpProblem('request.invalid', message, { errors: [{ path, message }] });
  if (ifNoneMatch !== undefined) {
    if (ifMatch !== undefined) throw wrong('If-Match', 'Send either If-Match or If-None-Match, not both.');
    if (ifNoneMatch.trim() !== '*') throw wrong('If-None-Match', 'If-None-Match can only be *: it creates the setting.');
    return 'new';
  }
  if (ifMatch === undefined) {
    throw wrong(
      'If-Match',
      'Send If-Match: "<version>" to change the setting, with the version that you read, or If-None-Match: * to create it.',
    );
  }
  const version = /^"(\d{1,15})"$/.exec(ifMatch.trim())?.[1];
  if (version === undefined) throw wrong('If-Match', 'If-Match must be the version in quotes, such as "3".');
  return Number(version);
}

/** Azure's own sentence for a category that it does not know. */
export function checkCategories(input: SettingInput): void {
  const known = new Set(categoriesOf(PROVIDER).map((c) => c.name));
  const errors = input.categories.flatMap(({ category }, i) =>
    known.has(category) ? [] : [{ path: `categories.${i}.category`, message: `Category '${category}' is not supported.` }],
  );
  if (errors[0]) throw new HttpProblem('request.invalid', errors[0].message, { errors });
}

/** A refused save as a problem, in Azure's words where they are known. */
export function saveProblem(name: string, outcome: Exclude<SaveOutcome, { kind: 'saved' }>, input?: SettingInput): HttpProblem {
  switch (outcome.kind) {
    case 'exists':
      return new HttpProblem('setting.exists', `There is a diagnostic setting '${name}' already. Choose another name, or edit that one.`, {
        errors: [{ path: 'name', message: NAME_TAKEN }],
      });
    case 'missing':
      return new HttpProblem('not.found', `There is no diagnostic setting '${name}' in this directory. It may have been deleted.`);
    case 'changed':
      return new HttpProblem(
        'setting.changed',
        `The diagnostic setting '${name}' was changed meanwhile (it is at version ${outcome.version} now). Load it again, then repeat your change.`,
      );
    case 'limit':
      return new HttpProblem('setting.limit', limitReached(outcome.limit));
    case 'secrets':
      return refusedFields(outcome.faults);
    case 'sink-in-use': {
      const message = sinkInUse(input?.destinations ?? {}, outcome);
      return new HttpProblem(
        'sink.in.use',
        message,
        input && { errors: [{ path: fieldOfSink(input.destinations, outcome.sink), message }] },
      );
    }
  }
}

/** Fields that the destinations, or what is stored for them, refuse. */
export const refusedFields = (faults: readonly DestinationFault[]): HttpProblem =>
  new HttpProblem('request.invalid', `A destination cannot be used. ${faults[0]?.message ?? ''}`, { errors: [...faults] });

/** What a change of a setting is made with. */
export interface SettingServices {
  readonly store: Store;
  readonly azureOf: (caller: Caller) => AzureOfPerson;
}
interface Change {
  readonly caller: Caller;
  readonly request: Request;
  readonly name: string;
}

/** Saves a setting as the person, after everything at its destinations is ready. Throws an HttpProblem, and nothing is changed then. */
export async function saveSetting(
  { store, azureOf }: SettingServices,
  { caller, request, name, input, expected }: Change & { readonly input: SettingInput; readonly expected: number | 'new' },
): Promise<StoredSetting> {
  const { tenantId } = caller.principal;
  const { settings } = store.forDirectory(tenantId);
  checkCategories(input);
  // Asked before Azure is touched, so that a save which must fail prepares nothing.
  const against = await settings.check(PROVIDER, name, input, expected);
  if (against) throw saveProblem(name, against, input);
  const { secrets, faults: unkept } = await settings.secretsFor(PROVIDER, name, input);
  if (unkept.length > 0) throw refusedFields(unkept);
  const faults = await azureOf(caller).prepare(tenantId, PROVIDER, input, secrets);
  if (faults.length > 0) throw refusedFields(faults);
  const outcome = await settings.save(actorOf(caller, request), PROVIDER, name, input, expected);
  if (outcome.kind !== 'saved') throw saveProblem(name, outcome, input);
  return outcome.setting;
}

/** Deletes a setting; with `expected`, only in that version. Throws an HttpProblem. */
export async function removeSetting(
  store: Store,
  { caller, request, name, expected }: Change & { readonly expected?: number },
): Promise<void> {
  const { settings } = store.forDirectory(caller.principal.tenantId);
  const removed = await settings.remove(actorOf(caller, request), PROVIDER, name, expected);
  if (removed === 'removed') return;
  if (removed === 'missing') throw saveProblem(name, { kind: 'missing' });
  if ('version' in removed) throw saveProblem(name, { kind: 'changed', version: removed.version });
  throw new HttpProblem(
    'setting.held',
    `The diagnostic setting '${name}' is under legal hold (${removed.heldFor}). Release the hold first, then delete the setting.`,
  );
}

/** The Diagnostics settings blade. */
export function bindSettings(api: Api, services: SettingServices & { deriveStatus: DeriveStatus; now: () => Date }): void {
  const { store, deriveStatus, now } = services;
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId).settings;
  const missing = (name: string) => saveProblem(name, { kind: 'missing' });

  /** By destination and category in the order in which the form has them: the database's own order is nobody's. */
  const known = categoriesOf(PROVIDER).map((c) => c.name);
  const rank = (of: { category: string; type?: DeliveryView['type'] }) =>
    (of.type === undefined ? 0 : destinationTypes.indexOf(of.type) * 1_000) +
    (known.includes(of.category) ? known.indexOf(of.category) : 999);
  const inOrder = <T extends { category: string; type?: DeliveryView['type'] }>(all: readonly T[]): T[] =>
    all.toSorted((a, b) => rank(a) - rank(b));

  function view(setting: StoredSetting): SettingView {
    const at = now();
    return {
      name: setting.name,
      provider: setting.provider,
      version: setting.version,
      createdAt: setting.createdAt.toISOString(),
      updatedAt: setting.updatedAt.toISOString(),
      categories: inOrder(setting.categories),
      destinations: setting.destinations,
      condition: setting.condition,
      masks: [...setting.masks],
      batching: setting.batching,
      secrets: setting.secrets.map(({ path, setAt }) => ({ path, setAt: setAt.toISOString() })),
      deliveries: inOrder(setting.deliveries).map(({ id, type, category, facts }) => ({
        id,
        type,
        category,
        ...deriveStatus(facts, at),
        lastDeliveredAt: facts.lastDeliveredAt?.toISOString() ?? null,
        delivered: facts.delivered,
        filtered: facts.filtered,
        waiting: Math.max(0, facts.head - facts.checkpoint),
        lagMs: facts.oldestWaitingAt ? Math.max(0, Math.round(at.getTime() - facts.oldestWaitingAt.getTime())) : 0,
        quarantined: facts.quarantined,
      })),
      legalHold: setting.legalHold && { ...setting.legalHold, since: setting.legalHold.since.toISOString() },
      retentionFault: setting.retentionFault && { blobs: setting.retentionFault.blobs, ...setting.retentionFault.fault },
    };
  }

  api.bind(endpoints.settings.listSettings, async ({ caller }) => {
    const { tenantId } = caller.principal;
    const found = await of(caller).list(PROVIDER);
    const [perMinute, costOf] = await Promise.all([
      recordsPerMinute(store, tenantId, found, now()),
      costsOf(store, tenantId, PROVIDER, now()),
    ]);
    return {
      items: found.map((setting) => ({ ...view(setting), recordsPerMinute: perMinute(setting), cost: costOf(setting) })),
      categories: categoriesOf(PROVIDER).map(({ name, description }) => ({ name, description })),
    };
  });
  api.bind(endpoints.settings.getSetting, async ({ caller, params: { name }, response }) => {
    const setting = await of(caller).get(PROVIDER, name);
    if (!setting) throw missing(name);
    response.set('ETag', `"${setting.version}"`);
    return view(setting);
  });
  api.bind(
    endpoints.settings.putSetting,
    async ({ caller, params: { name }, body, request, response }) => {
      const expected = expectedVersion({ ifMatch: request.get('if-match'), ifNoneMatch: request.get('if-none-match') });
      const setting = await saveSetting(services, { caller, request, name, input: body, expected });
      response.status(expected === 'new' ? 201 : 200).set('ETag', `"${setting.version}"`);
      return view(setting);
    },
    perPerson(30),
  );
  api.bind(endpoints.settings.deleteSetting, async ({ caller, request, params: { name } }) => {
    const ifMatch = request.get('if-match');
    const expected = ifMatch === undefined ? undefined : expectedVersion({ ifMatch, ifNoneMatch: undefined });
    await removeSetting(store, { caller, request, name, ...(typeof expected === 'number' && { expected }) });
  });
  api.bind(endpoints.settings.putLegalHold, async ({ caller, request, params: { name }, body }) => {
    const setting = await of(caller).hold(actorOf(caller, request), PROVIDER, name, body.reason);
    if (!setting) throw missing(name);
    return view(setting);
  });
  api.bind(endpoints.settings.releaseLegalHold, async ({ caller, request, params: { name } }) => {
    if (!(await of(caller).release(actorOf(caller, request), PROVIDER, name)))
      throw new HttpProblem('not.found', `There is no legal hold on a diagnostic setting '${name}'. It may have been released.`);
  });
  api.bind(endpoints.settings.measureVolume, async ({ caller }) => {
    return { items: await measuredVolume(store, caller.principal.tenantId, PROVIDER, now()) };
  });
  api.bind(endpoints.settings.listVerifications, async ({ caller, params: { name } }) => {
    const setting = await of(caller).get(PROVIDER, name);
    if (!setting) throw missing(name);
    const found = await of(caller).verifications(setting.deliveries.map((d) => d.id));
    return {
      items: setting.deliveries.flatMap(({ id, type, category }) => {
        const last = found.find((v) => v.deliveryId === id);
        return last ? [{ deliveryId: id, type, category, ...verificationOf(last) }] : [];
      }),
    };
  });
  api.bind(endpoints.settings.getHistory, async ({ caller, params: { name }, query: { minutes, step } }) => {
    const directory = store.forDirectory(caller.principal.tenantId);
    const setting = await directory.settings.get(PROVIDER, name);
    if (!setting) throw missing(name);
    const to = now();
    // Whole steps, the one that runs included: the first one is not cut off at its beginning.
    const from = startOfStep(to.getTime() - (minutes - step) * MINUTE_MS, step);
    const spans = await directory.history(
      setting.deliveries.map((d) => d.id),
      from,
      step,
    );
    return {
      from: from.toISOString(),
      to: to.toISOString(),
      stepMinutes: step,
      deliveries: setting.deliveries.map(({ id, type, category }) => ({
        deliveryId: id,
        type,
        category,
        points: spans
          .filter((s) => s.deliveryId === id)
          .map(({ at, records, bytes, errors, lagMs }) => ({ at: at.toISOString(), records, bytes, errors, lagMs })),
      })),
    };
  });
}

const MINUTE_MS = 60_000;
/** What the deliveries of each setting brought in, minute by minute: one question for all of them. */
async function recordsPerMinute(
  store: Store,
  tenantId: string,
  settings: readonly StoredSetting[],
  now: Date,
): Promise<(setting: StoredSetting) => number[]> {
  const from = startOfStep(now.getTime() - (SPARK_MINUTES - 1) * MINUTE_MS, 1);
  const ids = settings.flatMap((s) => s.deliveries.map((d) => d.id));
  const spans = ids.length === 0 ? [] : await store.forDirectory(tenantId).history(ids, from, 1);
  const byDelivery = Map.groupBy(spans, (s) => s.deliveryId);
  return (setting) => {
    const minutes = Array.from<number>({ length: SPARK_MINUTES }).fill(0);
    for (const { id } of setting.deliveries)
      for (const { at, records } of byDelivery.get(id) ?? []) {
        const minute = Math.round((at.getTime() - from.getTime()) / MINUTE_MS);
        if (minute >= 0 && minute < SPARK_MINUTES) minutes[minute]! += records;
      }
    return minutes;
  };
}
/** Steps are counted from midnight of 2000-01-01 UTC, as the store does. */
function startOfStep(at: number, minutes: number): Date {
  const origin = Date.UTC(2000, 0, 1);
  const step = minutes * MINUTE_MS;
  return new Date(origin + Math.floor((at - origin) / step) * step);
}

const SHOWN_FAULTS = 100;
function verificationOf({ result, reason, firstSeq, lastSeq, report, startedAt, finishedAt }: LastVerification) {
  return {
    result,
    reason,
    firstSeq,
    lastSeq,
    records: report?.records ?? 0,
    counts: Object.fromEntries(Object.entries(report?.counts ?? {})) as Record<string, number>,
    faults: (report?.faults ?? []).slice(0, SHOWN_FAULTS).map((f) => ({
      kind: f.kind,
      firstSeq: f.firstSeq,
      lastSeq: f.lastSeq,
      id: f.id ?? null,
      place: f.at === null ? null : placeOf(f.at),
      note: f.note ?? null,
    })),
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt.toISOString(),
  };
}
const placeOf = (at: FaultPlace): string =>
  at.kind === 'storage'
    ? `${at.container}/${at.blob}${at.offset === null ? '' : ` at byte ${at.offset}`}`
    : `partition ${at.partition}, message ${at.sequenceNumber}`;
