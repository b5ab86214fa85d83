import { Field, Select, makeStyles, tokens } from '@fluentui/react-components';
import { destinationNames, destinationTypes, type DeliveryView, type DestinationType } from '@weir/contract';

export interface Chosen {
  destination?: DestinationType | undefined;
  category?: string | undefined;
}
interface Props {
  deliveries: readonly DeliveryView[];
  value: Chosen;
  /** Whether all of them may be chosen at once. */
  all?: boolean;
  onChange: (chosen: Chosen) => void;
}

/** Chooses among a setting's deliveries: the destination and the category. */
export function DeliveryPicker({ deliveries, value, all = false, onChange }: Props) {
  const styles = useStyles();
  const types = destinationTypes.filter((type) => deliveries.some((d) => d.type === type));
  const categories = [...new Set(deliveries.map((d) => d.category))];
  const chosen = ({ destination, category }: Chosen) => onChange({ ...(destination && { destination }), ...(category && { category }) });
  return (
    <div className={styles.row}>
      <Field label="Destination">
        <Select
          value={value.destination ?? ''}
          onChange={(_, data) => chosen({ ...value, destination: types.find((type) => type === data.value) })}
        >
          {all ? <option value="">All destinations</option> : null}
          {types.map((type) => (
            <option key={type} value={type}>
              {destinationNames[type]}
            </option>
          ))}
        </Select>
      </Field>
      <Field label="Category">
        <Select value={value.category ?? ''} onChange={(_, data) => chosen({ ...value, category: data.value || undefined })}>
          {all ? <option value="">All categories</option> : null}
          {categories.map((category) => (
            <option key={category} value={category}>
              {category}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalM, rowGap: tokens.spacingVerticalS },
});
