import { z } from 'zod';
import { destinationTypes, type DestinationType } from './destinations/index.ts';
import { headerText, partnerUrl, secretField } from './destinations/partner-fields.ts';
import { signingSecret } from './destinations/webhook.ts';

/** What an alert tells of. What each means, and from when on, is in docs/alerts.md. */
export const alertCauses = ['misconfigured', 'failing', 'stalled', 'quarantined', 'no-records'] as const;
export type AlertCause = (typeof alertCauses)[number];
/** How an alert ended: the cause is gone, a person paused the delivery, or took it out of the setting. */
export const alertResolutions = ['recovered', 'paused', 'removed'] as const;
export type AlertResolution = (typeof alertResolutions)[number];

export const alertView = z
  .object({
    id: z.uuid(),
    cause: z.enum(alertCauses),
    setting: z.string().nullable().meta({ description: 'Null when records of a category stay away, whatever setting routes it.' }),
    destination: z.enum(destinationTypes).nullable(),
    categories: z.array(z.string()),
    reason: z.string(),
    remedy: z.string(),
    since: z.iso.datetime().meta({ description: 'Since when the cause has held.' }),
    openedAt: z.iso.datetime(),
    recoveredAt: z.iso.datetime().nullable(),
    resolution: z.enum(alertResolutions).nullable(),
  })
  .meta({ id: 'Alert' });
export type AlertView = z.infer<typeof alertView>;

// ------------------------------------------------------------------ channels

/** One e-mail address, without a display name: nothing in it can begin another header or another recipient. */
const address = z
  .string()
  .trim()
  .max(254, 'An e-mail address has at most 254 characters.')
  .regex(
    /^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
    'This is no e-mail address. Enter one such as operations@contoso.com, without a name.',
  );
const host = z
  .string()
  .trim()
  .toLowerCase()
  .min(1, 'Enter the name of the mail server, such as smtp.contoso.com.')
  .max(253, 'A server name has at most 253 characters.')
  .regex(/^[a-z0-9.:-]+$/, 'This is no server name. Enter one such as smtp.contoso.com, without https:// and port.');
const port = 'Enter a port from 1 to 65535; 587 is usual with STARTTLS, 465 with TLS.';

/** How the connection to a mail server is encrypted. */
export const mailSecurities = ['starttls', 'tls', 'none'] as const;
export type MailSecurity = (typeof mailSecurities)[number];
/** So many people one channel writes to. A distribution list holds more. */
export const MAX_RECIPIENTS = 20;

export const webhookChannel = z
  .strictObject({
    type: z.literal('webhook'),
    url: partnerUrl('https://hooks.contoso.com/alerts', { query: true }).meta({ title: 'Webhook address', format: 'uri' }),
  })
  .meta({ id: 'AlertWebhook' });
export const mailChannel = z
  .strictObject({
    type: z.literal('email'),
    host: host.meta({ title: 'Mail server' }),
    port: z.number({ error: port }).int(port).min(1, port).max(65_535, port).meta({ title: 'Port' }),
    security: z.enum(mailSecurities).meta({
      title: 'Encryption',
      description: '`none` only where the installation allows connections that everybody on the way can read, and without a user.',
    }),
    user: headerText('user name').max(320, 'A user name has at most 320 characters.').optional().meta({ title: 'User name (optional)' }),
    from: address.meta({ title: 'From' }),
    to: z
      .array(address)
      .min(1, 'Enter at least one e-mail address.')
      .max(MAX_RECIPIENTS, `At most ${MAX_RECIPIENTS} addresses. A distribution list holds more.`)
      .meta({ title: 'To' }),
  })
  .meta({ id: 'AlertMail' });
/** Where a channel sends to, as it is stored and shown: without its secret. */
export const alertTarget = z.discriminatedUnion('type', [webhookChannel, mailChannel]);
export type AlertTarget = z.infer<typeof alertTarget>;
export type AlertWebhook = z.infer<typeof webhookChannel>;
export type AlertMail = z.infer<typeof mailChannel>;

const name = z
  .string()
  .trim()
  .min(1, 'Enter a name.')
  .max(100, 'A name has at most 100 characters.')
  .regex(/^\P{Cc}*$/u, 'A name cannot hold control characters.')
  .meta({ title: 'Name' });
const password = z
  .string()
  .min(1, 'Enter the password.')
  .max(1024, 'A password has at most 1,024 characters.')
  .regex(/^\P{Cc}*$/u, 'The password holds a line end or another control character. Copy it again.');
export const alertChannelInput = z
  .discriminatedUnion('type', [
    webhookChannel.extend({
      name,
      secret: secretField(signingSecret, {
        title: 'Signing secret',
        description: 'Begins with whsec_. The receiver checks with it that a request is from here; after a change both sign for 24 hours.',
      }),
    }),
    mailChannel
      .extend({ name, secret: secretField(password, { title: 'Password', description: 'For the user name; left out, it is kept.' }) })
      .refine((mail) => mail.security !== 'none' || mail.user === undefined, {
        path: ['user'],
        message: 'Without encryption no password is sent: leave out the user name, or choose STARTTLS or TLS.',
      }),
  ])
  .meta({ id: 'AlertChannelInput' });
export type AlertChannelInput = z.infer<typeof alertChannelInput>;

/** So long a replaced signing secret still signs beside the new one, in hours. */
export const ALERT_SECRET_OVERLAP_HOURS = 24;
/** The target alone, as it may be stored in the open, shown and told in records. */
export function alertTargetOf({ name: _name, secret: _secret, ...target }: AlertChannelInput): AlertTarget {
  return target;
}
/** Whether a channel of this target has a secret: a webhook always, a mail server for its user. */
export const needsSecret = (target: AlertTarget): boolean => target.type === 'webhook' || target.user !== undefined;
/** Who may be shown the secret: what was entered for one address, or one user of one server, goes to no other. */
export const alertAudience = (target: AlertTarget): string =>
  target.type === 'webhook' ? target.url.split('?')[0]! : `${target.host}:${target.port}/${target.security}/${target.user ?? ''}`;

export const alertChannelView = z
  .object({
    id: z.uuid(),
    name: z.string(),
    target: alertTarget,
    secretSetAt: z.iso.datetime().nullable().meta({ description: 'Since when a secret is stored. It is never given back.' }),
    waiting: z.number().int().meta({ description: 'Notifications that were not taken yet. They are tried again until they are.' }),
    lastSentAt: z.iso.datetime().nullable(),
    fault: z
      .object({ at: z.iso.datetime(), code: z.string(), message: z.string(), remedy: z.string().nullable() })
      .nullable()
      .meta({ description: 'Why the last attempt failed; null after one that went well.' }),
  })
  .meta({ id: 'AlertChannel' });
export type AlertChannelView = z.infer<typeof alertChannelView>;

// ------------------------------------------------------------------ notifications

export const alertEventKinds = ['opened', 'changed', 'reminder', 'recovered'] as const;
export type AlertEventKind = (typeof alertEventKinds)[number];
/** One alert as a notification tells of it, as it stood then. */
export interface AlertEvent {
  readonly event: AlertEventKind;
  readonly at: string;
  readonly alert: AlertView;
}
/** What a webhook is sent: everything of a directory that changed within a minute. */
export interface AlertNotification {
  readonly type: 'alerts.changed' | 'alerts.test';
  /** Also the header `webhook-id`, and part of the mail's Message-ID: the same whenever this is sent again. */
  readonly id: string;
  readonly tenantId: string;
  /** The directory's name. */
  readonly directory: string;
  readonly createdAt: string;
  /** The page with the open alerts. */
  readonly link: string;
  readonly events: readonly AlertEvent[];
}

/** The id of a notification from its row's: the same whenever it is sent again. */
export const notificationId = (id: string): string => `msg_${id.replaceAll('-', '')}`;
/** The page with the alerts. */
export const alertsLink = (origin: string): string => `${origin}/reports/diagnostics-settings/alerts`;

/** What a type of destination is called. */
export const destinationNames: Record<DestinationType, string> = {
  storage: 'Storage account',
  eventHub: 'Event hub',
  logAnalytics: 'Log Analytics workspace',
  splunk: 'Splunk',
  elastic: 'Elastic',
  webhook: 'Webhook',
};
/** Plain words for a cause, as headings and subjects have them. */
export const alertTitles: Record<AlertCause, string> = {
  misconfigured: 'Misconfigured',
  failing: 'Failing',
  stalled: 'Stalled',
  quarantined: 'Records in quarantine',
  'no-records': 'No records',
};
