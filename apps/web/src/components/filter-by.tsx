import { Button, Tooltip } from '@fluentui/react-components';
import type { QueryField } from '@weir/contract';
import { createContext, useContext } from 'react';
import { ExcludeIcon, IncludeIcon } from './icons.ts';

/** Narrows the list behind to records with, or without, a value. Null where there is no list. */
export const FilterBy = createContext<((how: 'for' | 'out', field: QueryField, value: string) => void) | null>(null);

/** "Filter for" and "filter out" beside a value. */
export function FilterButtons({ field, value, label, className }: { field: QueryField; value: string; label: string; className?: string }) {
  const filter = useContext(FilterBy);
  if (!filter) return null;
  const style = className ? { className } : {};
  return (
    <>
      <Tooltip relationship="label" content={`Filter for this ${label}`} withArrow>
        <Button appearance="subtle" size="small" icon={<IncludeIcon />} onClick={() => filter('for', field, value)} {...style} />
      </Tooltip>
      <Tooltip relationship="label" content={`Filter out this ${label}`} withArrow>
        <Button appearance="subtle" size="small" icon={<ExcludeIcon />} onClick={() => filter('out', field, value)} {...style} />
      </Tooltip>
    </>
  );
}
