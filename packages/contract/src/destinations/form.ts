import type { z } from 'zod';
import { partnerInputs, secretFields, type PartnerType } from './index.ts';

/** One field of a partner solution's form, as its schema describes it. */
export interface PartnerField {
  /** As the API names it. */
  name: string;
  title: string;
  description: string;
  kind: 'text' | 'number' | 'secret';
  /** A secret is required until one is stored. */
  required: boolean;
  /** What the form can make up for the person: a signing secret. */
  generates: 'whsec' | null;
}
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** The fields of a partner solution in the order of its form: the address, its secrets, the rest. */
export function partnerFields(type: PartnerType): PartnerField[] {
  const secrets = secretFields(type);
  const fields = Object.entries<z.ZodType>(partnerInputs[type].shape).map(([name, schema]): PartnerField => {
    const about = schema.meta() ?? {};
    const inner = (schema.def as { innerType?: z.ZodType }).innerType ?? schema;
    const secret = secrets.includes(name);
    return {
      name,
      title: text(about['title']),
      description: text(about['description']),
      kind: secret ? 'secret' : inner.def.type === 'number' ? 'number' : 'text',
      required: secret || !schema.safeParse(undefined).success,
      generates: about['x-generate'] === 'whsec' ? 'whsec' : null,
    };
  });
  return [...fields.slice(0, 1), ...fields.filter((f) => f.kind === 'secret'), ...fields.slice(1).filter((f) => f.kind !== 'secret')];
}
export const partnerTitle = (type: PartnerType): string => text(partnerInputs[type].meta()?.['title']);
