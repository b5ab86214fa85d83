import { ALL, endpoints, mostUrgent, type DeliveryStatus, type Home, type HomeMatterView, type Permission } from '@weir/contract';
import type { Logger } from 'pino';
import type { Api, Caller } from '../../http/bind.ts';
import type { CoverageRow, Store, StoredSetting } from '../../ports.ts';
import type { DeriveStatus } from '../settings/index.ts';
import { mattersOf } from './matters.ts';

const PROVIDER = 'microsoft.intune';
/** A reader's midnight is at most a day and the widest time zone ago. */
const LONGEST_DAY_MS = 48 * 3_600_000;

type Part<T> = { state: 'ready'; data: T } | { state: 'denied' } | { state: 'failed'; reason: string };

/** The directory at a glance. Everything is asked at once; a part that cannot be read says so and leaves the others alone. */
export function bindHome(api: Api, { store, deriveStatus, now }: { store: Store; deriveStatus: DeriveStatus; now: () => Date }): void {
  api.bind(endpoints.home.getHome, async ({ caller, query, log, signal }): Promise<Home> => {
    const at = now();
    const since = dayOf(query.since, at);
    const { audit, settings, alerts } = store.forDirectory(caller.principal.tenantId);
    const part = partOf(caller, log);
    // Asked once, shown in two parts.
    const coverage = once(() => audit.coverage());
    const list = once(() => settings.list(PROVIDER));

    const [records, sources, deliveries, ofDeliveries, ofSources] = await Promise.all([
      part('intune.audit.read', 'records', async () => {
        const today = { from: since.toISOString(), to: at.toISOString(), query: ALL };
        const [counted, { records: total, oldest, newest }] = await Promise.all([audit.estimate(today, false, signal), coverage()]);
        return { today: counted.total, exact: counted.exact, total, oldest, newest };
      }),
      part('intune.audit.read', 'sources', async () => (await coverage()).sources.map(sourceView)),
      part('intune.settings.read', 'deliveries', async () => summaryOf(await list(), deriveStatus, at)),
      part('intune.settings.read', 'matters', async () => {
        const [found, { open }] = await Promise.all([list(), alerts.list(undefined, 0)]);
        return mattersOf(found, open, (facts) => deriveStatus(facts, at));
      }),
      part('intune.audit.read', 'matters', async () => (await coverage()).sources.flatMap(matterOfSource)),
    ]);
    return { since: since.toISOString(), records, sources, deliveries, matters: both(ofDeliveries, ofSources) };
  });
}

function dayOf(given: string | undefined, at: Date): Date {
  const since = given === undefined ? new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate())) : new Date(given);
  return new Date(Math.min(at.getTime(), Math.max(since.getTime(), at.getTime() - LONGEST_DAY_MS)));
}

function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined;
  return () => (asked ??= ask());
}

const partOf =
  ({ access }: Caller, log: Logger) =>
  async <T>(permission: Permission, name: string, read: () => Promise<T>): Promise<Part<T>> => {
    if (!access.permissions.has(permission)) {
      if (access.unknown.has(permission)) return { state: 'failed', reason: access.warning ?? 'Your roles could not be checked.' };
      return { state: 'denied' };
    }
    try {
      return { state: 'ready', data: await read() };
    } catch (error) {
      log.error({ err: error, part: name }, 'a part of the home page could not be read');
      return { state: 'failed', reason: 'It could not be read. It is tried again by itself.' };
    }
  };

/** What needs a person comes from two sides; who may see one of them sees that one. */
function both(a: Part<HomeMatterView[]>, b: Part<HomeMatterView[]>): Part<HomeMatterView[]> {
  const failed = [a, b].find((p) => p.state === 'failed');
  if (failed) return failed;
  const data = [a, b].flatMap((p) => (p.state === 'ready' ? p.data : []));
  return a.state === 'denied' && b.state === 'denied' ? a : { state: 'ready', data };
}

function summaryOf(settings: readonly StoredSetting[], deriveStatus: DeriveStatus, at: Date) {
  const deliveries = settings.flatMap((s) => s.deliveries.map(({ facts }) => ({ facts, status: deriveStatus(facts, at).status })));
  const counts = new Map<DeliveryStatus, number>();
  for (let left = deliveries; left.length > 0;) {
    const { status } = mostUrgent(left)!;
    counts.set(status, left.filter((d) => d.status === status).length);
    left = left.filter((d) => d.status !== status);
  }
  return {
    settings: settings.length,
    byStatus: [...counts].map(([status, count]) => ({ status, count })),
    waiting: deliveries.reduce((sum, { facts }) => sum + Math.max(0, facts.head - facts.checkpoint), 0),
    quarantined: deliveries.reduce((sum, { facts }) => sum + facts.quarantined, 0),
  };
}

const sourceView = ({ source, category, coveredFrom, coveredTo, records, windowsPending, windowsFailing, lastError }: CoverageRow) => ({
  source,
  category,
  coveredFrom,
  coveredTo,
  records,
  windowsPending,
  windowsFailing,
  lastError,
});

const matterOfSource = ({ source, category, windowsFailing, lastError }: CoverageRow): HomeMatterView[] =>
  windowsFailing === 0
    ? []
    : [
        {
          kind: 'source',
          setting: null,
          destination: null,
          categories: [category],
          source,
          count: windowsFailing,
          reason: lastError ?? 'The source gave no reason.',
          remedy: 'It is read again by itself. Check that Weir may read Microsoft Graph when this stays.',
        },
      ];
