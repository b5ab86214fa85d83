import { Dropdown, Field, Option } from '@fluentui/react-components';
import { useQuery } from '@tanstack/react-query';
import { problemText } from '../../lib/problem.ts';
import { subscriptionsQuery } from './api.ts';

/** Picks the subscription whose resources the next field lists. */
export function SubscriptionPicker({ value, onChange }: { value: string; onChange: (id: string) => void }) {
  const { data, error, isPending } = useQuery(subscriptionsQuery());
  const items = data?.items ?? [];
  return (
    <Field label="Subscription" required {...(error && { validationState: 'error', validationMessage: problemText(error) })}>
      <Dropdown
        placeholder={isPending ? 'Loading …' : 'Select'}
        value={items.find((s) => s.id === value)?.name ?? value}
        selectedOptions={value ? [value] : []}
        onOptionSelect={(_, selected) => onChange(selected.optionValue ?? '')}
      >
        {items.map((subscription) => (
          <Option key={subscription.id} value={subscription.id}>
            {subscription.name}
          </Option>
        ))}
      </Dropdown>
    </Field>
  );
}
