import { Field, Input, makeStyles } from '@fluentui/react-components';
import { Disclosure } from '../../components/disclosure.tsx';

interface Props {
  value: string;
  /** Whether the setting exists already: then only what is added gets its history. */
  editing: boolean;
  error: string | undefined;
  onChange: (value: string) => void;
}

/** From when on records are sent that were collected before. */
export function HistoryField({ value, editing, error, onChange }: Props) {
  const styles = useStyles();
  return (
    <Disclosure title="History" summary="Only what is collected from now on goes." open={value !== ''} wrong={error !== undefined}>
      <Field
        label="Include history from (UTC)"
        data-field="includeHistoryFrom"
        className={styles.field}
        hint={`Records from then on that are in the log already are sent as well, beside new ones and without holding them up. ${
          editing
            ? 'For destinations and categories that this save adds; a replay sends it to the others.'
            : 'Left empty, only what is collected from now on goes.'
        }`}
        {...(error && { validationState: 'error', validationMessage: error })}
      >
        <Input type="datetime-local" value={value} onChange={(_, d) => onChange(d.value)} />
      </Field>
    </Disclosure>
  );
}

const useStyles = makeStyles({ field: { maxWidth: '480px' } });
