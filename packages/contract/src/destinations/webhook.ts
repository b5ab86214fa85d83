import { z } from 'zod';
import { base64Bytes, headerText, partnerUrl, secretField } from './partner-fields.ts';

/** 24 to 64 bytes. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
export const signingSecret = headerText('signing secret')
  .regex(/^whsec_/, 'A signing secret begins with whsec_.')
  .refine((text) => {
    const length = base64Bytes(text.slice('whsec_'.length))?.length ?? 0;
    return length >= 24 && length <= 64;
  }, 'After whsec_ a signing secret has 24 to 64 bytes in base64.');

/** What one request may hold, in kB, when nothing else was entered. */
export const WEBHOOK_KILOBYTES = 1024;
const kilobytes = 'Enter whole kB from 16 to 10240.';

export const webhookTarget = z
  .strictObject({
    url: partnerUrl('https://hooks.contoso.com/audit', { query: true }).meta({
      title: 'Webhook address',
      description: 'Records are posted there as {"records":[…]}, signed as Standard Webhooks says.',
      format: 'uri',
    }),
    maxKilobytes: z
      .number({ error: kilobytes })
      .int(kilobytes)
      .min(16, kilobytes)
      .max(10_240, kilobytes)
      .optional()
      .meta({ title: 'Largest request in kB (optional)', description: `Left empty: ${WEBHOOK_KILOBYTES}.` }),
  })
  .meta({ id: 'WebhookTarget', title: 'Webhook' });
export type WebhookTarget = z.infer<typeof webhookTarget>;

export const webhookInput = webhookTarget
  .extend({
    secret: secretField(signingSecret, {
      title: 'Signing secret',
      description:
        'Begins with whsec_. The receiver needs it before you save; after a change, requests carry both signatures for 24 hours.',
      // The sender chooses it, the receiver is told: the form offers to make one.
      'x-generate': 'whsec',
      'x-overlap-hours': 24,
    }),
  })
  .meta({ id: 'WebhookInput', title: 'Webhook' });
