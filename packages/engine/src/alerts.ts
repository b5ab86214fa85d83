import type { AlertCause, AlertEventKind, AlertResolution, DestinationType } from '@weir/contract';
import { deriveStatus } from './derive-status.ts';
import type { DeliveryFacts } from './ports.ts';
import { silenceOf, type CategoryFacts } from './silence.ts';
import type { Fault } from './types.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** An alert is opened when its cause has held so long without a break (ms, times `factors`): one refused request is everyday life. */
export const ALERT_HOLD_MS = MINUTE;
/** Failing mends itself more often than not; a category that was silent for hours may only be catching up after a start. */
const factors: Record<AlertCause, number> = { misconfigured: 1, failing: 5, stalled: 1, quarantined: 1, 'no-records': 10 };
/** It recovers when its cause has been gone so long without a break (ms), doubled for each opening within `OPENINGS_MS`: what comes and goes stays open. */
export const ALERT_CLEAR_MS = 2 * MINUTE;
/** The longest that doubling may come to (ms). */
export const ALERT_CLEAR_CAP_MS = 4 * HOUR;
/** For how long an opening counts for the doubling (ms). */
export const OPENINGS_MS = 24 * HOUR;
/** What changes within this time of a directory goes out in one notification (ms). */
export const ALERT_GROUP_MS = MINUTE;
/** An open alert is told again after an hour, and then once a day (ms). What changed about it is told no sooner either. */
export const FIRST_REMINDER_MS = HOUR;
export const REMINDER_MS = 24 * HOUR;

export interface AlertTimes {
  readonly holdMs: number;
  readonly clearMs: number;
}
export const alertTimes: AlertTimes = { holdMs: ALERT_HOLD_MS, clearMs: ALERT_CLEAR_MS };

/** One delivery of a tenant as it is now. */
export interface AlertDelivery {
  readonly settingId: string;
  readonly setting: string;
  readonly type: DestinationType;
  readonly category: string;
  readonly facts: DeliveryFacts;
  /** Records in quarantine that nobody has resent or skipped, and why the newest was refused. */
  readonly quarantine: { readonly records: number; readonly newest: Fault | null };
}
export interface AlertFacts {
  readonly deliveries: readonly AlertDelivery[];
  readonly categories: readonly CategoryFacts[];
}

/** What an alert is about, in words for an admin. */
export interface AlertSubject {
  readonly cause: AlertCause;
  readonly settingId: string | null;
  readonly setting: string | null;
  readonly destination: DestinationType | null;
  readonly categories: readonly string[];
  readonly reason: string;
  readonly remedy: string;
}
/** A cause that holds now. `signature` changes when a person would want to know; the words of a service change all the time. */
export interface Finding {
  /** One alert per setting, destination and cause. */
  readonly key: string;
  readonly subject: AlertSubject;
  readonly signature: string;
}
/** An alert that is open, or whose cause has not held for long enough yet. All that the decision remembers. */
export interface AlertState {
  readonly key: string;
  readonly subject: AlertSubject;
  readonly signature: string;
  /** Since when the cause has held. */
  readonly since: Date;
  readonly openedAt: Date | null;
  /** Since when the cause is gone, while it is open. */
  readonly clearSince: Date | null;
  readonly notifiedAt: Date | null;
  readonly notified: number;
  /** The signature that was told last. */
  readonly told: string;
  /** Openings of this key within a day, this one included. */
  readonly openings: number;
}
export interface AlertDecision {
  /** As they are from now on; those that are not among them are gone. */
  readonly states: readonly AlertState[];
  readonly recovered: readonly { readonly state: AlertState; readonly resolution: AlertResolution }[];
  /** What to tell, in this order. */
  readonly events: readonly { readonly kind: AlertEventKind; readonly key: string }[];
}

/** The causes that hold at `now`, by key. Pure. */
export function findingsOf(facts: AlertFacts, now: Date): Finding[] {
  const found = new Map<string, { delivery: AlertDelivery; cause: AlertCause; code: string; reason: string; remedy: string }[]>();
  for (const delivery of facts.deliveries) {
    for (const one of causesOf(delivery, now)) {
      const key = `${delivery.settingId}/${delivery.type}/${one.cause}`;
      found.set(key, [...(found.get(key) ?? []), { delivery, ...one }]);
    }
  }
  const ofDeliveries = [...found].map(([key, all]): Finding => {
    const [first, ...others] = all.toSorted((a, b) => (a.delivery.category < b.delivery.category ? -1 : 1));
    const { delivery, cause, reason, remedy } = first!;
    const categories = [...new Set([delivery.category, ...others.map((o) => o.delivery.category)])];
    const { settingId, setting, type } = delivery;
    return {
      key,
      subject: { cause, settingId, setting, destination: type, categories, reason, remedy },
      signature: [...categories, ...new Set(all.map((o) => o.code))].join(' '),
    };
  });
  return [...ofDeliveries, ...facts.categories.flatMap((c) => silenceFinding(c, now))];
}

function causesOf({ facts, quarantine }: AlertDelivery, now: Date): { cause: AlertCause; code: string; reason: string; remedy: string }[] {
  const { status, reason, remedy } = deriveStatus(facts, now);
  const code = facts.lastFailure?.fault.code ?? '';
  const words = { reason: reason ?? '', remedy: remedy ?? 'Open the setting and check the destination.' };
  const causes = [];
  if (status === 'Misconfigured') causes.push({ cause: 'misconfigured' as const, code, ...words });
  if (status === 'Failing') causes.push({ cause: 'failing' as const, code, ...words });
  if (status === 'Stalled') causes.push({ cause: 'stalled' as const, code: '', ...words });
  if (quarantine.records > 0)
    causes.push({
      cause: 'quarantined' as const,
      // Told again when there are ten times as many.
      code: `e${Math.floor(Math.log10(quarantine.records))}`,
      reason:
        `${quarantine.records === 1 ? 'One record was' : `${quarantine.records} records were`} refused for good. ${quarantine.newest?.message ?? ''}`.trim(),
      remedy: `${quarantine.newest?.remedy ?? 'Mend what the destination does not like.'} Then open Quarantine in the menu of the delivery and resend the records, or dismiss them.`,
    });
  return causes;
}

function silenceFinding(facts: CategoryFacts, now: Date): Finding[] {
  const silence = silenceOf(facts, now);
  if (!silence) return [];
  const { kind, ...words } = silence;
  const subject = {
    cause: 'no-records' as const,
    settingId: null,
    setting: null,
    destination: null,
    categories: [facts.category],
    ...words,
  };
  return [{ key: `${facts.category}/no-records`, subject, signature: kind }];
}

/**
 * Which alerts open, change and recover, and which are told again. Pure: what it remembers is in `live`, so that a restart
 * forgets nothing. `openings`: how often each key was opened, and recovered, within `OPENINGS_MS` before.
 */
export function decideAlerts(
  live: readonly AlertState[],
  facts: AlertFacts,
  openings: ReadonlyMap<string, number>,
  now: Date,
  times: AlertTimes = alertTimes,
): AlertDecision {
  const findings = new Map(findingsOf(facts, now).map((f) => [f.key, f]));
  const states: AlertState[] = [];
  const recovered: { state: AlertState; resolution: AlertResolution }[] = [];
  const events: { kind: AlertEventKind; key: string }[] = [];
  const tell = (state: AlertState, kind: AlertEventKind): AlertState => {
    events.push({ kind, key: state.key });
    return { ...state, notifiedAt: now, notified: state.notified + 1, told: state.signature };
  };
  const holding = (state: AlertState): AlertState => {
    const age = now.getTime() - state.since.getTime();
    if (!state.openedAt) {
      if (age < times.holdMs * factors[state.subject.cause]) return state;
      return tell({ ...state, openedAt: now, openings: 1 + (openings.get(state.key) ?? 0) }, 'opened');
    }
    const untold = now.getTime() - (state.notifiedAt ?? state.openedAt).getTime();
    if (untold >= (state.notified <= 1 ? FIRST_REMINDER_MS : REMINDER_MS)) return tell(state, 'reminder');
    return state.signature !== state.told && untold >= FIRST_REMINDER_MS ? tell(state, 'changed') : state;
  };

  for (const state of live) {
    const finding = findings.get(state.key);
    findings.delete(state.key);
    if (finding) {
      states.push(holding({ ...state, subject: finding.subject, signature: finding.signature, clearSince: null }));
      continue;
    }
    if (!state.openedAt) continue;
    const resolution = resolutionOf(state, facts);
    const clearSince = state.clearSince ?? now;
    const needed = Math.min(ALERT_CLEAR_CAP_MS, times.clearMs * 2 ** Math.min(state.openings - 1, 30));
    // A person took it away on purpose: nothing will come back by itself.
    if (resolution === 'removed' || now.getTime() - clearSince.getTime() >= needed) {
      recovered.push({ state: { ...state, clearSince }, resolution });
      events.push({ kind: 'recovered', key: state.key });
    } else states.push({ ...state, clearSince });
  }
  for (const { key, subject, signature } of findings.values())
    states.push(
      holding({
        key,
        subject,
        signature,
        since: now,
        openedAt: null,
        clearSince: null,
        notifiedAt: null,
        notified: 0,
        told: '',
        openings: 0,
      }),
    );
  return { states, recovered, events };
}

function resolutionOf({ subject }: AlertState, facts: AlertFacts): AlertResolution {
  if (subject.settingId === null) return 'recovered';
  const mine = facts.deliveries.filter((d) => d.settingId === subject.settingId && d.type === subject.destination);
  if (mine.length === 0) return 'removed';
  return subject.cause !== 'quarantined' && mine.every((d) => d.facts.paused) ? 'paused' : 'recovered';
}
