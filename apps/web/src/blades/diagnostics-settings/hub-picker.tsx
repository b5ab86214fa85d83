import { PickerBox } from './picker-box.tsx';
import { useResources } from './resource-picker.tsx';

interface Props {
  field: string;
  namespaceId: string;
  /** The hub's name, which need not exist yet. */
  value: string;
  error: string | undefined;
  onChange: (name: string) => void;
}

/** Names an event hub: one of the namespace, or one that the save makes. */
export function HubPicker({ field, namespaceId, value, error, onChange }: Props) {
  const { items, total, busy, error: failure, more } = useResources('hubs', namespaceId, value);
  const listed = items.find((item) => item.name.toLowerCase() === value.trim().toLowerCase());
  return (
    <PickerBox
      field={field}
      label="Event hub name (optional)"
      hint={
        failure
          ? 'The event hubs of this namespace cannot be listed. A name can be typed.'
          : 'Left empty, each category goes to its own hub, such as insights-logs-auditlogs. A hub that is not there yet is made.'
      }
      required={false}
      freeform
      error={error ?? listed?.unavailable ?? undefined}
      placeholder="One for each category"
      value={listed?.id ?? ''}
      shown={value}
      options={items}
      total={total}
      busy={busy && namespaceId !== ''}
      onSearch={(text) => {
        if (text !== null) onChange(text);
      }}
      onMore={more}
      onChange={(id) => onChange(items.find((item) => item.id === id)?.name ?? '')}
    />
  );
}
