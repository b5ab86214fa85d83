import {
  endpoints,
  type DestinationType,
  type SettingInput,
  type SettingPreview,
  type SettingTrial,
  type SettingTrialInput,
  type TrialResult,
} from '@weir/contract';
import { previewOf, testRecord, type Trial, type TrialRequest } from '@weir/destinations';
import { bounded, timeLimit, type DeliveryOutcome } from '@weir/engine';
import type { Request } from 'express';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import type { DirectoryStore, SecretsOfSetting } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';
import { chosenOf, contentOf, DESTINATION_LIMIT_MS, placeText } from './trial-views.ts';
import { checkCategories, PROVIDER, refusedFields, saveProblem, type SettingServices } from './index.ts';

/** Sends one test record to a destination, the way that the worker sends. Never throws. */
export type SendTest = (request: TrialRequest, signal: AbortSignal) => Promise<Trial>;
export interface TrialServices extends SettingServices {
  readonly sendTest: SendTest;
  readonly now: () => Date;
}

/** Records of a category that are looked at for one that the condition lets through. */
const LOOKS = 200;
/** Each sends a record to as many as four services. */
const CHECKS = 10;

/** Check and Preview of the Diagnostics settings blade. */
export function bindTrials(api: Api, services: TrialServices): void {
  const { store, now } = services;
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId);
  const { checkForm, checkSetting, previewForm } = endpoints.trials;

  api.bind(
    checkForm,
    async ({ caller, request, body, signal }) => {
      checkCategories(body);
      const { savedAs, ...input } = body;
      const { secrets, faults } = await of(caller).settings.secretsFor(PROVIDER, savedAs ?? null, input);
      if (faults.length > 0) throw refusedFields(faults);
      return runCheck(services, { caller, request, signal, input, secrets, name: savedAs ?? null, prepare: true });
    },
    perPerson(CHECKS),
  );
  api.bind(
    checkSetting,
    async ({ caller, request, params: { name }, signal }) => {
      const setting = await of(caller).settings.get(PROVIDER, name);
      if (!setting) throw saveProblem(name, { kind: 'missing' });
      const { categories, destinations, condition, masks } = setting;
      const input = { categories, destinations, masks: [...masks], ...(condition !== null && { condition }) };
      const { secrets, faults } = await of(caller).settings.secretsFor(PROVIDER, setting.name, input);
      if (faults.length > 0) throw refusedFields(faults);
      return runCheck(services, { caller, request, signal, input, secrets, name: setting.name, prepare: false });
    },
    perPerson(CHECKS),
  );
  api.bind(
    previewForm,
    async ({ caller, body }) => {
      checkCategories(body);
      return preview(of(caller), caller.principal.tenantId, body, now());
    },
    perPerson(60),
  );
}

interface Check {
  readonly caller: Caller;
  readonly request: Request;
  readonly signal: AbortSignal;
  readonly input: SettingInput;
  readonly secrets: SecretsOfSetting['secrets'];
  /** Null: it is not saved. */
  readonly name: string | null;
  /** Whether the person's own rights in Azure are asked for first, and what is missing there is made. */
  readonly prepare: boolean;
}

async function runCheck(services: TrialServices, check: Check): Promise<SettingTrial> {
  const { store, now } = services;
  const { caller, request, signal, input, name } = check;
  const { tenantId } = caller.principal;
  const directory = store.forDirectory(tenantId);
  const { category } = input.categories[0]!;
  const log = { tenantId, provider: PROVIDER, category };
  const at = now();
  const actor = actorOf(caller, request);
  const { shaper } = await directory.settings.shaperFor(PROVIDER, name, input);
  const plain = testRecord(log, actor, at);
  // Not filtered: it is sent to be seen. Masked, since what must not leave must not leave here either.
  const record = { ...plain, body: shaper.body(plain.body) ?? plain.body };
  const work = await Promise.allSettled(
    chosenOf(input.destinations).map(async ([type, target]) => {
      const limit = timeLimit(signal, DESTINATION_LIMIT_MS);
      try {
        const unready = check.prepare ? await notReady(services, check, type, limit.signal) : null;
        if (unready) return { type, result: unready };
        return { type, result: await services.sendTest({ type, target, log, record, secrets: check.secrets[type] }, limit.signal) };
      } finally {
        limit.clear();
      }
    }),
  );
  const results = work.flatMap((w) => (w.status === 'fulfilled' ? [resultOf(w.value.type, w.value.result)] : []));
  // Before anything else can fail: by now records may be out there.
  await directory.changed(actor, 'Check diagnosticSettings', name ?? '(not saved)', {
    Provider: PROVIDER,
    Category: category,
    TestRecordId: record.id,
    Cancelled: signal.aborted,
    Results: results.map(
      ({ type, outcome, place, fault }) => `${type}: ${outcome}${place ? `, ${place}` : ''}${fault ? `, ${fault.code}` : ''}`,
    ),
  });
  const failed = work.find((w) => w.status === 'rejected');
  if (failed) throw failed.reason;
  return { at: at.toISOString(), category, recordId: record.id, results };
}

/**
 * Makes an Azure destination ready with the person's own rights, as a save does: who could not save a setting that sends there
 * must not have the engine send there. A partner solution is asked by the record itself.
 */
async function notReady({ azureOf }: TrialServices, check: Check, type: DestinationType, signal: AbortSignal): Promise<Trial | null> {
  if (type !== 'storage' && type !== 'eventHub' && type !== 'logAnalytics') return null;
  const { caller, input } = check;
  const started = performance.now();
  const only = { categories: input.categories, destinations: { [type]: input.destinations[type] } };
  const trial = (outcome: DeliveryOutcome): Trial => ({ outcome, durationMs: Math.round(performance.now() - started), exchanges: [] });
  try {
    const [fault] = await bounded(azureOf(caller).prepare(caller.principal.tenantId, PROVIDER, only, {}), signal);
    return fault ? trial({ kind: 'misconfigured', fault: { code: 'NotReady', message: fault.message, remedy: null } }) : null;
  } catch (error) {
    if (!signal.aborted) throw error;
    const message = 'Azure Resource Manager did not answer in time.';
    return trial({ kind: 'retry', fault: { code: 'timeout', message, remedy: null } });
  }
}

const outcomes: Record<DeliveryOutcome['kind'], TrialResult['outcome']> = {
  accepted: 'delivered',
  misconfigured: 'misconfigured',
  rejected: 'refused',
  too_large: 'refused',
  retry: 'failed',
  stale: 'failed',
};
function resultOf(type: DestinationType, { outcome, durationMs, exchanges }: Trial): TrialResult {
  const delivered = outcome.kind === 'accepted';
  return {
    type,
    outcome: !delivered && outcome.fault.code === 'timeout' ? 'timeout' : outcomes[outcome.kind],
    durationMs,
    place: delivered ? placeText(outcome.place) : null,
    fault: delivered ? null : outcome.fault,
    exchanges: exchanges.map((e) => ({ ...contentOf(e, true), sentBytes: e.body.length, answer: e.answer })),
  };
}

/** What each destination would get for the newest record that goes. */
async function preview(directory: DirectoryStore, tenantId: string, input: SettingTrialInput, at: Date): Promise<SettingPreview> {
  const { savedAs = null, destinations } = input;
  const { shaper, exampleKey } = await directory.settings.shaperFor(PROVIDER, savedAs, input);
  const found = (
    await Promise.all(
      input.categories.map(async ({ category }) =>
        (await directory.latest(PROVIDER, category, LOOKS)).map((latest) => ({ category, ...latest })),
      ),
    )
  )
    .flat()
    .toSorted((a, b) => (a.record.time < b.record.time ? 1 : -1));
  const first = found.findIndex(({ searchable }) => shaper.passes(searchable));
  const chosen = found[first];
  const nothing = { record: null, looked: found.length, exampleHashes: false, items: [] };
  if (!chosen) return { ...nothing, empty: found.length === 0 ? 'none' : 'filtered' };
  const { category, record } = chosen;
  const about = { category, id: record.id, time: record.time, sequence: record.seq, newerLeftOut: first };
  const body = shaper.body(record.body);
  if (body === null) return { ...nothing, record: about, empty: 'not-maskable' };
  const identity = { deliveryId: '', tenantId, provider: PROVIDER, category };
  return {
    record: about,
    empty: null,
    looked: found.length,
    exampleHashes: exampleKey,
    items: chosenOf(destinations).map(([type, target]) => ({
      type,
      ...contentOf(previewOf(type, target, identity, { ...record, body }, at), false),
    })),
  };
}
