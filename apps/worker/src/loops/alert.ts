import { alertsLink, notificationId, type AlertNotification } from '@weir/contract';
import { ofChannel, sendNotification, TELL_LIMIT_MS, type Told } from '@weir/destinations';
import {
  backOff,
  decideAlerts,
  findingsOf,
  pause,
  SecretUnreadable,
  type AlertFacts,
  type AlertTimes,
  type CategoryFacts,
} from '@weir/engine';
import type { ClaimedNotification, Store } from '@weir/store';
import type { Logger } from 'pino';

export interface AlertLoop {
  store: Store;
  /** Names of the directories, for notifications. */
  tenants: readonly { tenantId: string; name: string }[];
  network: Parameters<typeof sendNotification>[3]['network'];
  /** Where the web app is, for the link in notifications. */
  publicOrigin: string;
  /** How often it is looked, in ms. */
  everyMs: number;
  /** What changes within this time is one notification, in ms. */
  groupMs: number;
  times: AlertTimes;
  log: Logger;
  signal: AbortSignal;
}
/** What is known about silences changes by the hour. */
const SILENCES_EVERY_MS = 5 * 60_000;
const SWEEP_EVERY_MS = 3_600_000;
/** How often it is looked for notifications that are due: one statement. */
const TELL_EVERY_MS = 5_000;
const TELL_SLOTS = 8;
const LEASE_MS = TELL_LIMIT_MS + 30_000;

/**
 * Raises alerts and tells of them: two loops, so that a mail server that hangs holds up no decision. Any number of workers may run
 * it: decisions are made under a lock of the tenant, and a notification belongs to who leased it.
 */
export async function alertLoop(loop: AlertLoop): Promise<void> {
  await Promise.all([watchAll(loop), tellAll(loop)]);
}

async function watchAll(loop: AlertLoop): Promise<void> {
  const { store, log, signal } = loop;
  const silent = new Map<string, CategoryFacts[]>();
  let silentAt = 0;
  let sweptAt = 0;
  while (!signal.aborted) {
    try {
      const { now, tenants } = await store.alerts.watch();
      if (Date.now() - silentAt >= SILENCES_EVERY_MS) {
        silent.clear();
        for (const { tenantId, facts } of await store.alerts.silences(now)) silent.set(tenantId, [...(silent.get(tenantId) ?? []), facts]);
        silentAt = Date.now();
      }
      if (Date.now() - sweptAt >= SWEEP_EVERY_MS) {
        await store.alerts.sweep();
        sweptAt = Date.now();
      }
      for (const tenantId of new Set([...tenants.keys(), ...silent.keys()])) {
        const { deliveries = [], live = false } = tenants.get(tenantId) ?? {};
        await decideOne(loop, tenantId, { deliveries, categories: silent.get(tenantId) ?? [] }, live, now);
      }
    } catch (error) {
      log.error({ err: error }, 'alerts could not be decided; it is tried again');
    }
    await pause(loop.everyMs, signal);
  }
}

/** A tenant where nothing is wrong and nothing was costs no statement. */
async function decideOne(loop: AlertLoop, tenantId: string, facts: AlertFacts, live: boolean, now: Date): Promise<void> {
  if (!live && findingsOf(facts, now).length === 0) return;
  const told = await loop.store.alerts.apply(tenantId, now, loop.groupMs, (states, openings) =>
    decideAlerts(states, facts, openings, now, loop.times),
  );
  for (const { event, alert } of told) {
    const { cause, setting, destination, categories, reason } = alert;
    const line = { tenant: tenantId, event, cause, setting, type: destination, categories, reason };
    if (event === 'recovered') loop.log.info(line, 'an alert recovered');
    else loop.log.warn(line, 'an alert is open');
  }
}

async function tellAll(loop: AlertLoop): Promise<void> {
  const { store, log, signal } = loop;
  const running = new Set<Promise<void>>();
  while (!signal.aborted) {
    const free = TELL_SLOTS - running.size;
    const due = await (free > 0 ? store.alerts.claim(LEASE_MS, free) : Promise.resolve([])).catch(
      (error: unknown) => (log.error({ err: error }, 'notifications could not be claimed'), []),
    );
    for (const notification of due) {
      const work = tellOne(loop, notification)
        .catch((error: unknown) =>
          log.error({ err: error, notification: notification.id }, 'what came of a notification could not be written down'),
        )
        .finally(() => running.delete(work));
      running.add(work);
    }
    const wait = pause(Math.min(TELL_EVERY_MS, loop.everyMs), signal);
    // A channel that has more is asked for it at once.
    await (due.length > 0 ? Promise.race([wait, ...running]) : wait);
  }
  await Promise.allSettled(running);
}

async function tellOne(loop: AlertLoop, claimed: ClaimedNotification): Promise<void> {
  const { store, log, signal } = loop;
  const about = { tenant: claimed.tenantId, channel: claimed.channel, notification: claimed.id, attempts: claimed.attempts };
  const told = await tell(loop, claimed);
  if (told.kind === 'taken') {
    await store.alerts.taken(claimed);
    return log.info({ ...about, answer: told.answer }, 'a notification was taken');
  }
  // Cut off by the end of this worker: the next one sends it again, with the same id.
  if (signal.aborted) return store.alerts.release(claimed);
  const nextAttemptAt = new Date(Date.now() + backOff(told.kind, claimed.attempts, told.retryAfterMs));
  log.warn({ ...about, fault: told.fault, nextAttemptAt }, 'a notification was not taken; it is tried again');
  await store.alerts.failed(claimed, told.fault, nextAttemptAt);
}

async function tell(loop: AlertLoop, claimed: ClaimedNotification): Promise<Told> {
  try {
    return await sendNotification(claimed.target, claimed.secrets(), notificationOf(loop, claimed), {
      network: loop.network,
      signal: loop.signal,
    });
  } catch (error) {
    if (error instanceof SecretUnreadable) return { kind: 'misconfigured', fault: ofChannel(error.fault) };
    throw error;
  }
}

function notificationOf({ tenants, publicOrigin }: AlertLoop, { id, tenantId, createdAt, events }: ClaimedNotification): AlertNotification {
  return {
    type: 'alerts.changed',
    id: notificationId(id),
    tenantId,
    directory: tenants.find((t) => t.tenantId === tenantId)?.name ?? tenantId,
    createdAt: createdAt.toISOString(),
    link: alertsLink(publicOrigin),
    events,
  };
}
