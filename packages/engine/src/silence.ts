const HOUR = 3_600_000;
/** A category is silent when no record of it is newer than this (ms). */
export const SILENT_AFTER_MS = 6 * HOUR;
/** What is taken off both ends of a silence before it is compared with earlier weeks (ms): nothing comes to the minute. */
export const SILENCE_SLACK_MS = HOUR;
/** So many weeks before are looked at; two must be known. */
export const SILENCE_WEEKS = 4;
/** A silence is told when the same hours of earlier weeks had so many records on average. */
export const USUAL_RECORDS = 5;
/** A source that could not be read for so long (ms) is told of, whatever is usual. */
export const UNREAD_AFTER_MS = HOUR;

/** What is known of the records of one category of a tenant. */
export interface CategoryFacts {
  readonly category: string;
  /** The time of the newest record. */
  readonly lastAt: Date | null;
  /** Records in the hours of the silence, one to four weeks before; null for weeks from before the log. Capped by who counts. */
  readonly weeks: readonly (number | null)[];
  /** Its source: until when it was read, and why it cannot be read further. Null for what was only imported: nothing more is to come. */
  readonly source: { readonly readTo: Date | null; readonly error: string | null } | null;
}

/** The hours to compare with earlier weeks; null while nothing is unusual yet. */
export function silentHours(lastAt: Date | null, now: Date): { from: Date; to: Date } | null {
  if (!lastAt || now.getTime() - lastAt.getTime() < SILENT_AFTER_MS) return null;
  return { from: new Date(lastAt.getTime() + SILENCE_SLACK_MS), to: new Date(now.getTime() - SILENCE_SLACK_MS) };
}

/** Cause and remedy when records stay away that should be there; null otherwise. Pure. */
export function silenceOf(
  { category, lastAt, weeks, source }: CategoryFacts,
  now: Date,
): { kind: 'unread' | 'silent'; reason: string; remedy: string } | null {
  if (!source) return null;
  if (source.error && (!source.readTo || now.getTime() - source.readTo.getTime() >= UNREAD_AFTER_MS))
    return {
      kind: 'unread',
      reason: `The source of ${category} ${source.readTo ? `could be read up to ${minute(source.readTo)} only` : 'could not be read yet'}: ${source.error}`,
      remedy:
        'Nothing is lost: it is tried again by itself, and what was missed is read then. If it lasts, check the permissions of the application in Microsoft Graph and the network.',
    };
  if (!silentHours(lastAt, now)) return null;
  const known = weeks.filter((n) => n !== null);
  const busy = known.filter((n) => n > 0).length;
  const usual = known.reduce((sum, n) => sum + n, 0) / Math.max(1, known.length);
  // One of several weeks may have been a holiday.
  if (known.length < 2 || busy < Math.max(2, known.length - 1) || usual < USUAL_RECORDS) return null;
  return {
    kind: 'silent',
    reason: `No record of ${category} is newer than ${minute(lastAt!)}. At these hours of the last ${known.length} weeks there were some.`,
    remedy: 'Check that the worker runs and that its source can be read. If both are well, ask whether the service had nothing to log.',
  };
}
const minute = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
