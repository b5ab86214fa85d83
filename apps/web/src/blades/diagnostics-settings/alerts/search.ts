import { z } from 'zod';

/** What stands open on the page: the form of a new channel of a type, or of the channel with this id. */
export interface AlertsSearch {
  channel?: string | undefined;
}
const search = z.object({
  channel: z
    .union([z.enum(['webhook', 'email']), z.uuid()])
    .optional()
    .catch(undefined),
});
export function alertsSearch(raw: Record<string, unknown>): AlertsSearch {
  const { channel } = search.parse(raw);
  return channel === undefined ? {} : { channel };
}
