import { z } from 'zod';
import { alertChannelInput, alertChannelView, alertView } from '../alerts.ts';
import { defineEndpoint } from '../endpoint.ts';

const path = '/api/intune/alerts';
const channels = '/api/intune/alert-channels';
const read = 'intune.settings.read';
const write = 'intune.settings.write';
const ofChannel = z.strictObject({ id: z.uuid() });

export const listAlerts = defineEndpoint({
  id: 'listAlerts',
  method: 'GET',
  path,
  access: read,
  summary: 'Alerts about delivery: those that are open, with cause and remedy, and those that have ended, newest first.',
  query: z.strictObject({
    before: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).optional().meta({ description: '`next` of the page before.' }),
    limit: z.coerce.number().int().min(0).max(200).default(50).meta({ description: 'How many that have ended.' }),
  }),
  response: z
    .object({
      open: z.array(alertView),
      past: z.array(alertView),
      next: z.number().int().nullable().meta({ description: 'Send as `before` for the next page of those that have ended.' }),
    })
    .meta({ id: 'Alerts' }),
});
export const listAlertChannels = defineEndpoint({
  id: 'listAlertChannels',
  method: 'GET',
  path: channels,
  access: read,
  summary: 'Where alerts are sent to: webhooks and e-mail.',
  response: z.object({ items: z.array(alertChannelView) }),
});
export const createAlertChannel = defineEndpoint({
  id: 'createAlertChannel',
  method: 'POST',
  path: channels,
  access: write,
  summary: 'Adds a channel. It is sent what happens from then on.',
  body: alertChannelInput,
  response: alertChannelView,
});
export const updateAlertChannel = defineEndpoint({
  id: 'updateAlertChannel',
  method: 'PUT',
  path: `${channels}/:id`,
  access: write,
  summary:
    'Changes a channel. A secret that is left out is kept as long as it is for the same address. What waits goes to the new address.',
  params: ofChannel,
  body: alertChannelInput,
  response: alertChannelView,
});
export const deleteAlertChannel = defineEndpoint({
  id: 'deleteAlertChannel',
  method: 'DELETE',
  path: `${channels}/:id`,
  access: write,
  summary: 'Deletes a channel, and what still waits for it.',
  params: ofChannel,
});
export const testAlertChannel = defineEndpoint({
  id: 'testAlertChannel',
  method: 'POST',
  path: `${channels}/:id/test`,
  access: write,
  summary: 'Sends a test the way that alerts go, and answers what the server said.',
  params: ofChannel,
  body: z.strictObject({}),
  response: z
    .object({
      taken: z.boolean().meta({ description: 'Whether the server took it.' }),
      answer: z.string().meta({ description: 'What the server said, or why it could not be asked.' }),
      remedy: z.string().nullable(),
    })
    .meta({ id: 'AlertTest' }),
});
