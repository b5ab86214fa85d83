/** How much one category brings. Bytes are of the Azure-format body, before a destination packs it. */
export interface CategoryVolume {
  readonly recordsPerDay: number;
  readonly bytesPerRecord: number;
}
/** By category name. A category that stands not here is not known, which is not the same as none. */
export type Volumes = Readonly<Record<string, CategoryVolume>>;

/** Days of a month and months of a year, as Microsoft's tables count them. */
export const DAYS_OF_MONTH = 30;
export const MONTHS_OF_YEAR = 12;
/** Audit records of one user in a day: 1.5 million for 100,000 users, 15,000 for 1,000. */
export const RECORDS_PER_USER = 15;
/** Bytes of an audit record in Microsoft's tables: "about 2 KB". Decimal, as their 90 GB a month is. */
export const BYTES_PER_RECORD = 2_000;

/**
 * Volumes from a number of users. Microsoft gives a figure for audit logs only, so no other category stands in the answer.
 * Source: "Storage size for activity logs" in Intune's "Send log data to storage, event hubs, or log analytics".
 */
export function volumesOfUsers(users: number): Volumes {
  return { AuditLogs: { recordsPerDay: users * RECORDS_PER_USER, bytesPerRecord: BYTES_PER_RECORD } };
}

/** Volumes from what was collected in some days: records, and the mean bytes of a sample of them. What `measureVolume` answers. */
export function volumesOfDays(measured: readonly { category: string; records: number; days: number; bytesPerRecord: number }[]): Volumes {
  return Object.fromEntries(
    measured.map(({ category, records, days, bytesPerRecord }) => [
      category,
      { recordsPerDay: records / Math.max(days, 1), bytesPerRecord },
    ]),
  );
}
