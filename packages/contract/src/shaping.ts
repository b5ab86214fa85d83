import { z } from 'zod';
import { destinationTypes, type DestinationType } from './destinations/index.ts';
import { parseCondition } from './query/index.ts';

/** What becomes of a field before a record leaves. */
export const maskings = ['drop', 'hash', 'redact'] as const;
export type Masking = (typeof maskings)[number];
/** Stands in the place of a redacted value. */
export const REDACTED = '***';
/** Fields of one setting. */
export const MAX_MASKS = 50;
/** A record without them could not be placed, counted or told from others. */
const kept = ['recordid', 'sequence', 'time', 'category', 'tenantid'];
/** Hyphens, spaces and so on stand in names; what separates names cannot. */
const NAME = /^[^.[\]\s"\\\p{Cc}](?:[^.[\]"\\\p{Cc}]*[^.[\]\s"\\\p{Cc}])?$/u;

/** One step of a path: a field of an object (compared without case), or each item of a list. */
export type PathStep = { readonly field: string } | 'each';

/** Reads a path such as `properties.Targets[].ModifiedProperties[].New`. Gives the steps, or what is wrong and where. */
export function parsePath(text: string): { steps: PathStep[] } | { message: string; position: number } {
  const steps: PathStep[] = [];
  let position = 0;
  for (const part of text.split('.')) {
    const name = part.replace(/(?:\[\])+$/, '');
    if (!NAME.test(name))
      return {
        position,
        message:
          name === ''
            ? 'The name of a field is missing here.'
            : 'This is no name of a field. Write names with dots between, and [] after a list.',
      };
    steps.push({ field: name }, ...Array.from({ length: (part.length - name.length) / 2 }, () => 'each' as const));
    position += part.length + 1;
  }
  const first = steps[0] as { field: string };
  if (kept.includes(first.field.toLowerCase()))
    return { position: 0, message: `${first.field} says which record it is, so it always goes as it is.` };
  return { steps };
}

/** A path of the Azure-format body, and what becomes of it. */
export const mask = z
  .strictObject({
    path: z
      .string()
      .min(1, 'Enter a field, such as properties.Actor.UPN.')
      .max(300, 'A path has at most 300 characters.')
      .superRefine((text, context) => {
        const path = parsePath(text);
        if ('message' in path) context.addIssue({ code: 'custom', message: path.message, params: { position: path.position } });
      })
      .meta({ title: 'Field', description: 'Names with dots between them, [] after a list: properties.Targets[].Name.' }),
    how: z.enum(maskings, { error: 'Choose drop, hash or redact.' }).meta({
      title: 'What becomes of it',
      description:
        'drop: it is left out. hash: a keyed hash in hexadecimal takes its place, so that equal values of this setting stay equal. redact: *** takes its place.',
    }),
  })
  .meta({ id: 'Mask' });
export type Mask = z.infer<typeof mask>;
export const masks = z
  .array(mask)
  .max(MAX_MASKS, `A setting masks at most ${MAX_MASKS} fields.`)
  .superRefine((list, context) => {
    const names = list.map(({ path }) => path.toLowerCase().replaceAll('[]', ''));
    for (const [i, name] of names.entries()) {
      const other = names.findIndex((o, n) => n < i && (o === name || name.startsWith(`${o}.`) || o.startsWith(`${name}.`)));
      if (other < 0) continue;
      context.addIssue({
        code: 'custom',
        path: [i, 'path'],
        message:
          names[other] === name
            ? 'This field stands here twice.'
            : `One of this field and ${list[other]!.path} is a part of the other. Leave one out.`,
      });
    }
  });

/** A condition in the language of the search. */
export const condition = z
  .string()
  .superRefine((text, context) => {
    const parsed = parseCondition(text);
    if (!parsed.ok) context.addIssue({ code: 'custom', message: parsed.error.message, params: { position: parsed.error.position } });
  })
  .meta({
    title: 'Condition',
    description: 'Which records go, in the language of the search (docs/search.md) without times. Left out: all of them.',
  });

const seconds = 'Enter whole seconds from 1 to 3600.';
const kilobytes = 'Enter whole kB from 16 to 4096.';
/** How records are gathered for one destination. What is left out is the default. */
export const batching = z
  .strictObject({
    intervalSeconds: z.number({ error: seconds }).int(seconds).min(1, seconds).max(3_600, seconds).optional().meta({
      title: 'Interval (seconds)',
      description: 'At most one batch in this time, per category, while less than a full one waits.',
    }),
    maxKilobytes: z
      .number({ error: kilobytes })
      .int(kilobytes)
      .min(16, kilobytes)
      .max(4_096, kilobytes)
      .optional()
      .meta({ title: 'Largest batch (kB)', description: 'A full batch is sent at once. Never more than the destination takes.' }),
  })
  .meta({ id: 'Batching' });
export type Batching = z.infer<typeof batching>;

/** By type of destination. */
export const batchings = z
  .strictObject(
    Object.fromEntries(destinationTypes.map((type) => [type, batching.optional()])) as Record<
      DestinationType,
      z.ZodOptional<typeof batching>
    >,
  )
  .meta({ id: 'Batchings' });

/**
 * What holds when nothing was chosen; docs/delivery.md says why. A SIEM waits for its records, and a batch costs it nothing;
 * each append to a storage account is a billed write, and an archive is read later. The intervals can be set otherwise for a
 * whole installation.
 */
export const batchDefaults: Readonly<Record<DestinationType, Required<Batching>>> = {
  storage: { intervalSeconds: 60, maxKilobytes: 4_096 },
  eventHub: { intervalSeconds: 1, maxKilobytes: 4_096 },
  logAnalytics: { intervalSeconds: 2, maxKilobytes: 703 },
  splunk: { intervalSeconds: 2, maxKilobytes: 800 },
  elastic: { intervalSeconds: 2, maxKilobytes: 4_096 },
  webhook: { intervalSeconds: 2, maxKilobytes: 1_024 },
};
