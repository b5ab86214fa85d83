import { Field, Input, makeStyles, tokens } from '@fluentui/react-components';
import { batchDefaults, type DestinationType } from '@weir/contract';
import { Disclosure } from '../../components/disclosure.tsx';
import type { FieldErrors } from './form-state.ts';
import type { BatchingState } from './shaping-state.ts';

interface Props {
  type: DestinationType;
  value: BatchingState;
  errors: FieldErrors;
  onChange: (value: BatchingState) => void;
}
const number = new Intl.NumberFormat('en-US');
const failed = (message: string | undefined) => (message ? { validationState: 'error' as const, validationMessage: message } : {});

/** How often records go to one destination, and how many at a time. */
export function BatchingFields({ type, value, errors, onChange }: Props) {
  const styles = useStyles();
  const { seconds, kilobytes } = value[type];
  const { intervalSeconds, maxKilobytes } = batchDefaults[type];
  const path = `batching.${type}`;
  const [interval, size] = [errors[`${path}.intervalSeconds`], errors[`${path}.maxKilobytes`]];
  const set = (change: Partial<BatchingState[DestinationType]>) => onChange({ ...value, [type]: { ...value[type], ...change } });
  return (
    <Disclosure
      title="Batching"
      summary={`A batch every ${seconds || intervalSeconds} s at most, up to ${number.format(Number(kilobytes) || maxKilobytes)} kB.`}
      open={seconds !== '' || kilobytes !== ''}
      wrong={interval !== undefined || size !== undefined}
    >
      <div className={styles.row}>
        <Field
          label="Interval (seconds)"
          data-field={`${path}.intervalSeconds`}
          className={styles.field}
          hint={
            type === 'storage' ? 'Each batch is a billed write for each category. A full one does not wait.' : 'A full batch does not wait.'
          }
          {...failed(interval)}
        >
          <Input
            type="number"
            min={1}
            max={3_600}
            placeholder={`Default: ${intervalSeconds}`}
            value={seconds}
            onChange={(_, d) => set({ seconds: d.value })}
          />
        </Field>
        <Field
          label="Largest batch (kB)"
          data-field={`${path}.maxKilobytes`}
          className={styles.field}
          hint="Never more than the destination takes."
          {...failed(size)}
        >
          <Input
            type="number"
            min={16}
            max={4_096}
            placeholder={`Default: ${maxKilobytes}`}
            value={kilobytes}
            onChange={(_, d) => set({ kilobytes: d.value })}
          />
        </Field>
      </div>
    </Disclosure>
  );
}

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'start', gap: tokens.spacingHorizontalM, minWidth: 0 },
  field: { flexGrow: 1, flexBasis: '160px', minWidth: 0 },
});
