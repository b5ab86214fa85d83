import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { problemText } from '../../lib/problem.ts';
import { subscriptionsQuery } from './api.ts';
import { PickerBox } from './picker-box.tsx';

interface Props {
  /** As the form names the field. */
  field: string;
  value: string;
  error: string | undefined;
  onChange: (id: string) => void;
}
/** So many are shown at first; a search looks at all of them. */
const SHOWN = 100;

/** Picks the subscription whose resources the next field lists. */
export function SubscriptionPicker({ field, value, error: wrong, onChange }: Props) {
  const { data, error, isPending } = useQuery(subscriptionsQuery());
  const [search, setSearch] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const items = data?.items ?? [];
  const needle = search.trim().toLowerCase();
  const found = items.filter((s) => s.name.toLowerCase().includes(needle) || s.id.startsWith(needle));
  const chosen = items.find((s) => s.id === value);
  return (
    <PickerBox
      field={field}
      label="Subscription"
      error={error ? problemText(error) : (wrong ?? chosen?.unavailable ?? undefined)}
      placeholder={isPending ? 'Loading …' : 'Select'}
      value={value}
      shown={chosen?.name ?? value}
      options={found.slice(0, shown)}
      total={found.length}
      busy={isPending}
      onSearch={(text) => setSearch(text ?? '')}
      onMore={() => setShown((n) => (n < found.length ? n + SHOWN : n))}
      onChange={onChange}
    />
  );
}
