import { withoutSecrets, type SettingInput, type SettingView } from '@weir/contract';

type Settled = Pick<SettingView, 'categories' | 'destinations' | 'condition' | 'masks' | 'batching'>;
/** One thing that differs. Null: it is not there. */
export interface Difference {
  readonly field: string;
  readonly was: string | null;
  readonly theirs: string | null;
  readonly mine: string | null;
  /** Both changed it, and not to the same. */
  readonly clash: boolean;
}

/** What the form would save, as a setting is shown: without secrets. */
export const settled = (input: SettingInput): Settled => ({
  categories: input.categories,
  destinations: withoutSecrets(input.destinations),
  condition: input.condition ?? null,
  masks: input.masks ?? [],
  batching: input.batching ?? {},
});

/** What two people changed of a setting since `base`, field by field; a field that nobody changed is left out. */
export function differences(base: Settled, theirs: Settled, mine: Settled): Difference[] {
  const [was, other, own] = [fieldsOf(base), fieldsOf(theirs), fieldsOf(mine)];
  return [...new Set([...was.keys(), ...other.keys(), ...own.keys()])].flatMap((field) => {
    const of = { was: was.get(field) ?? null, theirs: other.get(field) ?? null, mine: own.get(field) ?? null };
    const [theyDid, iDid] = [of.theirs !== of.was, of.mine !== of.was];
    return theyDid || iDid ? [{ field, ...of, clash: theyDid && iDid && of.theirs !== of.mine }] : [];
  });
}
/** Whether the other saved anything that the form shows. */
export const sameSetting = (a: Settled, b: Settled): boolean => differences(a, b, a).length === 0;

function fieldsOf({ categories, destinations, condition, masks, batching }: Settled): Map<string, string> {
  const entries: [string, string][] = [
    ...categories.map(({ category, retentionDays }): [string, string] => [
      `Log ${category}`,
      retentionDays === 0 ? 'kept forever' : `kept ${retentionDays} days`,
    ]),
    ...inner('Destination', destinations),
    ...(condition === null ? [] : [['Condition', condition] as [string, string]]),
    ...masks.map(({ path, how }): [string, string] => [`Mask ${path}`, how]),
    ...inner('Batching', batching),
  ];
  return new Map(entries);
}
const inner = (title: string, byType: Readonly<Record<string, object | undefined>>): [string, string][] =>
  Object.entries(byType).flatMap(([type, fields]) =>
    Object.entries(fields ?? {}).flatMap(([field, value]): [string, string][] =>
      value === undefined || value === '' ? [] : [[`${title} ${type}, ${field}`, String(value)]],
    ),
  );
