import type { AuditLogsSearch } from './search.ts';

const DAY_MS = 86_400_000;
/** The blade with a record open, among its neighbours of a day on either side. */
export const openRecord = (id: string, time: string): AuditLogsSearch => ({
  range: 'custom',
  from: new Date(Date.parse(time) - DAY_MS).toISOString(),
  to: new Date(Date.parse(time) + DAY_MS).toISOString(),
  selected: id,
});
