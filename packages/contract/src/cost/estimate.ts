import { destinationTypes, isPartner, type DestinationType } from '../destinations/index.ts';
import { batchDefaults, type Batching } from '../shaping.ts';
import type { RegionPrices } from './prices.ts';
import { DAYS_OF_MONTH, type Volumes } from './volume.ts';

/** What of a setting says its cost. A setting that is stored, or one that is still being filled in. */
export interface CostedSetting {
  readonly categories: readonly { readonly category: string; readonly retentionDays: number }[];
  /** A destination counts when it is there; what it holds does not matter. */
  readonly destinations: Readonly<Partial<Record<DestinationType, unknown>>>;
  readonly batching?: Readonly<Partial<Record<DestinationType, Batching | undefined>>> | undefined;
}

/** One category at one destination, for a month of 30 days. Dollars are not rounded. */
export interface CostLine {
  readonly category: string;
  readonly type: DestinationType;
  readonly records: number;
  readonly bytes: number;
  /** Batches: appends to a blob, messages to a hub, calls of an API. */
  readonly operations: number;
  /** US dollars; null: the destination's owner charges it, so nothing is known here. */
  readonly dollars: number | null;
  /** The part of `dollars` that the operations cost: what a longer interval saves. */
  readonly operationDollars: number;
}
export interface Estimate {
  readonly lines: readonly CostLine[];
  /** What a destination costs whatever is sent: throughput units of a namespace. */
  readonly fixed: readonly { readonly type: DestinationType; readonly units: number; readonly dollars: number }[];
  /** Ticked categories whose volume is not known. They are in no sum. */
  readonly unknown: readonly string[];
  /** US dollars of a month: all lines and what is fixed. */
  readonly dollars: number;
}

const SECONDS_OF_DAY = 86_400;
/** A billed event: each started 64 KB of a message. https://azure.microsoft.com/pricing/details/event-hubs/ */
const UNIT_BYTES = 64 * 1024;
/** A throughput unit takes 1 MB or 1,000 messages in a second. https://learn.microsoft.com/azure/event-hubs/event-hubs-scalability */
const THROUGHPUT_BYTES = 1_000_000;
/** What a message of a Basic hub holds at most; Standard takes 1 MB, in as many billed events. */
const MESSAGE_BYTES = 256 * 1024;

/**
 * Batches in a month. Records come one by one, so of the intervals only those count in which one came (1 - e^-n of them, when n come
 * on average), and at most one batch leaves in an interval unless a full one waits.
 */
export function batchesOfMonth(
  recordsPerDay: number,
  bytesPerRecord: number,
  { intervalSeconds, maxKilobytes }: Required<Batching>,
): number {
  if (recordsPerDay <= 0) return 0;
  const intervals = (DAYS_OF_MONTH * SECONDS_OF_DAY) / intervalSeconds;
  const inOne = (recordsPerDay * DAYS_OF_MONTH) / intervals;
  const full = (recordsPerDay * DAYS_OF_MONTH * bytesPerRecord) / (maxKilobytes * 1024);
  return Math.max(intervals * -Math.expm1(-inOne), full);
}

/**
 * What a setting costs in a month of 30 days at these prices, by category and destination. A condition is not counted: it can only
 * make it less. Storage is priced as in Microsoft's tables, for what a month brings; `archiveAfterYear` says what it grows to.
 */
export function estimateMonth(setting: CostedSetting, volumes: Volumes, prices: RegionPrices): Estimate {
  const types = destinationTypes.filter((type) => setting.destinations[type] !== undefined);
  const known = setting.categories.flatMap(({ category }) => (volumes[category] ? [{ category, ...volumes[category] }] : []));
  const lines = types.flatMap((type) =>
    known.map(({ category, recordsPerDay, bytesPerRecord }): CostLine => {
      const batching = withDefaults(type, setting.batching?.[type]);
      const records = recordsPerDay * DAYS_OF_MONTH;
      const bytes = records * bytesPerRecord;
      const batches = batchesOfMonth(recordsPerDay, bytesPerRecord, batching);
      const { operations, operationDollars, volumeDollars } = charge(type, bytes, batches, prices);
      return {
        category,
        type,
        records,
        bytes,
        operations,
        operationDollars,
        dollars: volumeDollars === null ? null : volumeDollars + operationDollars,
      };
    }),
  );
  const perSecond = known.reduce((sum, v) => sum + v.recordsPerDay * v.bytesPerRecord, 0) / SECONDS_OF_DAY;
  const units = Math.max(1, Math.ceil(perSecond / THROUGHPUT_BYTES));
  const fixed = types.includes('eventHub')
    ? [{ type: 'eventHub' as const, units, dollars: units * prices.throughputUnitHour * DAYS_OF_MONTH * 24 }]
    : [];
  return {
    lines,
    fixed,
    unknown: setting.categories.map((c) => c.category).filter((category) => !volumes[category]),
    dollars: [...lines, ...fixed].reduce((sum, line) => sum + (line.dollars ?? 0), 0),
  };
}

/** What an archive holds after a year, in bytes, and what keeping it costs in a month then. 0 days keep everything. */
export function archiveAfterYear(
  setting: Pick<CostedSetting, 'categories'>,
  volumes: Volumes,
  prices: RegionPrices,
): { bytes: number; dollars: number } {
  const bytes = setting.categories.reduce((sum, { category, retentionDays }) => {
    const volume = volumes[category];
    const days = retentionDays === 0 ? 365 : Math.min(retentionDays, 365);
    return sum + (volume ? volume.recordsPerDay * volume.bytesPerRecord * days : 0);
  }, 0);
  return { bytes, dollars: (bytes / 1e9) * prices.storageGigabyteMonth };
}

function withDefaults(type: DestinationType, chosen: Batching | undefined): Required<Batching> {
  const { intervalSeconds, maxKilobytes } = batchDefaults[type];
  return { intervalSeconds: chosen?.intervalSeconds ?? intervalSeconds, maxKilobytes: chosen?.maxKilobytes ?? maxKilobytes };
}

function charge(type: DestinationType, bytes: number, batches: number, prices: RegionPrices) {
  const gigabytes = bytes / 1e9;
  if (type === 'storage')
    return {
      operations: batches,
      operationDollars: (batches / 10_000) * prices.storageTenThousandWrites,
      volumeDollars: gigabytes * prices.storageGigabyteMonth,
    };
  if (type === 'eventHub') {
    const messages = batches === 0 ? 0 : batches * Math.max(1, Math.ceil(bytes / batches / MESSAGE_BYTES));
    const units = batches === 0 ? 0 : batches * Math.max(1, Math.ceil(bytes / batches / UNIT_BYTES));
    return { operations: messages, operationDollars: (units / 1e6) * prices.millionEvents, volumeDollars: 0 };
  }
  if (isPartner(type)) return { operations: batches, operationDollars: 0, volumeDollars: null };
  return { operations: batches, operationDollars: 0, volumeDollars: gigabytes * prices.workspaceGigabyte };
}
