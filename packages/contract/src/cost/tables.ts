import type { RegionPrices } from './prices.ts';
import { BYTES_PER_RECORD, DAYS_OF_MONTH, MONTHS_OF_YEAR, RECORDS_PER_USER } from './volume.ts';

/** Rows of Microsoft's two tables, "Audit log with … users". KB, MB and GB are decimal; dollars are rounded to cents. */
export interface MicrosoftTables {
  readonly storage: {
    readonly eventsPerDay: number;
    readonly bytesPerMonth: number;
    readonly dollarsPerMonth: number;
    readonly dollarsPerYear: number;
  };
  readonly eventHub: {
    readonly eventsPerSecond: number;
    readonly eventsPerInterval: number;
    readonly bytesPerInterval: number;
    readonly messagesPerInterval: number;
    readonly messagesPerMonth: number;
    readonly dollarsPerMonth: number;
  };
}

const INTERVALS_OF_DAY = 288;
const INTERVAL_SECONDS = 300;
/** "A maximum size of 256 KB", and a billed event is a quarter of it. */
const MESSAGE_BYTES = 256_000;
const EVENTS_OF_MESSAGE = 4;
/** Writes are in the table's figures in proportion to the volume: 10,000 for the 90 GB of 100,000 users. */
const WRITES_OF_GIGABYTE = 10_000 / 90;
const cents = (dollars: number): number => Math.round(dollars * 100) / 100;

/**
 * The two cost tables of Intune's documentation for a number of users, figure by figure, with the roundings that they have:
 *
 * - events in a second: up to a whole one, or down to a tenth when it is less than one; the interval's events follow from the rounded
 *   figure in the first case, and from the day's events in the second;
 * - billed events are whole millions, so that 34,560 of them cost nothing;
 * - a year is twelve exact months, or twelve rounded ones when a month is less than a dollar.
 *
 * `estimateMonth` rounds nothing and counts each write that Weir does, so it says more for a small directory.
 */
export function microsoftTables(users: number, prices: RegionPrices): MicrosoftTables {
  const eventsPerDay = users * RECORDS_PER_USER;
  const bytesPerMonth = eventsPerDay * BYTES_PER_RECORD * DAYS_OF_MONTH;
  const gigabytes = bytesPerMonth / 1e9;
  const month = gigabytes * prices.storageGigabyteMonth + ((gigabytes * WRITES_OF_GIGABYTE) / 10_000) * prices.storageTenThousandWrites;

  const perSecond = eventsPerDay / 86_400;
  const eventsPerSecond = perSecond >= 1 ? Math.ceil(perSecond) : Math.floor(perSecond * 10) / 10;
  const eventsPerInterval = perSecond >= 1 ? eventsPerSecond * INTERVAL_SECONDS : Math.floor(eventsPerDay / INTERVALS_OF_DAY);
  const bytesPerInterval = eventsPerInterval * BYTES_PER_RECORD;
  const messagesPerInterval = Math.ceil(bytesPerInterval / MESSAGE_BYTES);
  const messagesPerMonth = messagesPerInterval * INTERVALS_OF_DAY * DAYS_OF_MONTH;
  const millions = Math.round((messagesPerMonth * EVENTS_OF_MESSAGE) / 1e6);
  return {
    storage: {
      eventsPerDay,
      bytesPerMonth,
      dollarsPerMonth: cents(month),
      dollarsPerYear: cents(MONTHS_OF_YEAR * (month < 1 ? cents(month) : month)),
    },
    eventHub: {
      eventsPerSecond,
      eventsPerInterval,
      bytesPerInterval,
      messagesPerInterval,
      messagesPerMonth,
      dollarsPerMonth: cents(prices.throughputUnitHour * 24 * DAYS_OF_MONTH + millions * prices.millionEvents),
    },
  };
}
