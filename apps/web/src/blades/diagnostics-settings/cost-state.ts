import { batching, type Batching, type CostedSetting, type DestinationType, type Estimate } from '@weir/contract';
import { tickedTypes, type FormState } from './form-state.ts';

/** What is ticked, as estimates take it. What is half-typed or wrong counts as the default. */
export function costedOf(state: FormState): CostedSetting {
  const types = tickedTypes(state);
  return {
    categories: Object.entries(state.categories).flatMap(([category, { on, days }]) =>
      on ? [{ category, retentionDays: /^\d+$/.test(days.trim()) ? Number(days) : 0 }] : [],
    ),
    destinations: Object.fromEntries(types.map((type) => [type, true])),
    batching: Object.fromEntries(types.map((type) => [type, batchingOf(state, type)])),
  };
}
function batchingOf(state: FormState, type: DestinationType): Batching {
  const { seconds, kilobytes } = state.batching[type];
  return {
    ...valid('intervalSeconds', seconds),
    ...valid('maxKilobytes', kilobytes),
  };
}
function valid(field: keyof Batching, text: string): Batching {
  const read = batching.safeParse({ [field]: text.trim() === '' ? undefined : Number(text) });
  return read.success ? read.data : {};
}

/** A number of users as a person types it, also with separators. Null when it is none. */
export function usersOf(text: string): number | null {
  const digits = text.replaceAll(/[\s,.'’]/g, '');
  const users = Number(digits);
  return /^\d{1,9}$/.test(digits) && users > 0 ? users : null;
}

/** What part of a month's figures a span has, with the months and days that the estimate counts. */
export const periods = { day: 1 / 30, month: 1, year: 12 } as const;
export type Period = keyof typeof periods;

/** US dollars. What is less than a cent, but not nothing, says so. */
export function dollarsText(dollars: number): string {
  return dollars > 0 && dollars < 0.005 ? 'under $0.01' : dollarFormat.format(dollars);
}
const dollarFormat = new Intl.NumberFormat('en-US', { style: 'currency', currency: 'USD' });

/** Decimal bytes, as Azure bills them and Microsoft's tables write them. */
export function volumeText(bytes: number): string {
  const unit = (['TB', 'GB', 'MB'] as const).find((u) => bytes >= sizes[u]) ?? 'KB';
  return `${(bytes / sizes[unit]).toLocaleString('en-US', { maximumSignificantDigits: 3 })} ${unit}`;
}
const sizes = { TB: 1e12, GB: 1e9, MB: 1e6, KB: 1e3 };

/** What the appends to storage cost in a month, as a part of it all. */
export const appendsOf = (estimate: Estimate): { operations: number; dollars: number } =>
  estimate.lines
    .filter((line) => line.type === 'storage')
    .reduce((sum, line) => ({ operations: sum.operations + line.operations, dollars: sum.dollars + line.operationDollars }), {
      operations: 0,
      dollars: 0,
    });
