import { z } from 'zod';
import { destinationTypes } from './destinations/index.ts';
import { settingInput, settingName } from './settings.ts';

/** More of a body than this is not given out; its size is. In characters. */
export const SHOWN_BODY = 100_000;

/** A setting as it stands in the form. */
export const settingTrialInput = settingInput
  .extend({
    savedAs: settingName
      .optional()
      .meta({ description: 'The saved setting that is being edited: secrets that are left out, and the key of its hashes, are its own.' }),
  })
  .meta({ id: 'DiagnosticSettingTrialInput' });
export type SettingTrialInput = z.infer<typeof settingTrialInput>;

const content = {
  method: z.string().meta({ description: 'Of HTTP; AMQP for a message to an event hub.' }),
  address: z.string().meta({ description: 'Without its query.' }),
  headers: z.record(z.string(), z.string()).meta({ description: 'What says something about the content; no secret, no signature.' }),
  contentType: z.string(),
  encoding: z.enum(['gzip']).nullable().meta({ description: 'How it is compressed on its way. `body` is what was compressed.' }),
  bytes: z.number().int().meta({ description: 'Of `body`, before it is compressed.' }),
  body: z.string().meta({ description: `UTF-8, byte for byte; at most ${SHOWN_BODY} characters.` }),
  cut: z.boolean().meta({ description: 'Whether `body` is only the beginning.' }),
};

export const trialExchange = z
  .object({
    ...content,
    sentBytes: z.number().int().meta({ description: 'Of the body as it travelled.' }),
    answer: z
      .object({ status: z.string(), text: z.string() })
      .nullable()
      .meta({ description: 'Null: none came. `status` is that of HTTP with its words, or `accepted` by an event hub.' }),
  })
  .meta({ id: 'TrialExchange' });
export type TrialExchange = z.infer<typeof trialExchange>;

export const trialOutcomes = ['delivered', 'misconfigured', 'refused', 'failed', 'timeout'] as const;
export const trialResult = z
  .object({
    type: z.enum(destinationTypes),
    outcome: z.enum(trialOutcomes).meta({
      description:
        'misconfigured: a person must act. refused: the destination does not take it for its content or size. failed: a delivery would try again by itself. timeout: no answer in 15 s.',
    }),
    durationMs: z.number().int(),
    place: z.string().nullable().meta({ description: 'Where the test record is.' }),
    fault: z.object({ code: z.string(), message: z.string(), remedy: z.string().nullable() }).nullable(),
    exchanges: z.array(trialExchange).meta({ description: 'Requests that carried the record, in order, with what was answered.' }),
  })
  .meta({ id: 'TrialResult' });
export type TrialResult = z.infer<typeof trialResult>;

export const settingTrial = z
  .object({
    at: z.iso.datetime(),
    category: z.string().meta({ description: 'The first ticked one; the test record is of this category.' }),
    recordId: z.string(),
    results: z.array(trialResult),
  })
  .meta({ id: 'DiagnosticSettingTrial' });
export type SettingTrial = z.infer<typeof settingTrial>;

export const settingPreview = z
  .object({
    record: z
      .object({
        category: z.string(),
        id: z.string(),
        time: z.iso.datetime(),
        sequence: z.number().int(),
        newerLeftOut: z.number().int().meta({ description: 'Newer records that the condition leaves out.' }),
      })
      .nullable()
      .meta({ description: 'The newest record of the ticked categories that the condition lets through. Null: see `empty`.' }),
    empty: z.enum(['none', 'filtered', 'not-maskable']).nullable().meta({
      description:
        'none: no record was collected yet. filtered: the condition leaves out all that were looked at. not-maskable: the record is no JSON, so it would go to quarantine.',
    }),
    looked: z.number().int().meta({ description: 'Records that were looked at.' }),
    exampleHashes: z
      .boolean()
      .meta({ description: 'Hashes are made with a key for this preview: the setting gets its own when it is saved with a hash.' }),
    items: z.array(
      z.object({
        type: z.enum(destinationTypes),
        ...content,
      }),
    ),
  })
  .meta({ id: 'DiagnosticSettingPreview' });
export type SettingPreview = z.infer<typeof settingPreview>;
