import { diffValues, Meter } from '@weir/contract';
import { useMemo } from 'react';
import { DiffView } from './diff-view.tsx';

/** Steps for one comparison: hundreds of them must not take long either. */
const STEPS = 400_000;
const SHORT = 200;
const isLong = (value: string): boolean => value.length > SHORT || value.includes('\n') || /^[[{]/.test(value);

/** Whether two values are better compared within than looked at side by side. */
export const differWithin = (a: string | null, b: string | null): boolean =>
  a !== null && b !== null && a !== b && (isLong(a) || isLong(b));

/** What changed from A to B within a long text or JSON. */
export function LongDifference({ name, a, b }: { name: string; a: string; b: string }) {
  const diff = useMemo(() => diffValues(a, b, new Meter(STEPS)), [a, b]);
  return <DiffView diff={diff} name={name} />;
}
