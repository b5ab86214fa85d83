import { Button, Field, Input, makeStyles } from '@fluentui/react-components';
import { useState, type ReactNode } from 'react';

interface Props {
  /** As the API names the field. */
  field?: string;
  label: string;
  required: boolean;
  hint: ReactNode;
  value: string;
  error: string | undefined;
  /** Offers to make a signing secret. */
  generates?: boolean;
  onChange: (text: string) => void;
}

/** A secret: covered, unless it was made here and has to be told to the receiver. */
export function SecretInput({ field, label, required, hint, value, error, generates = false, onChange }: Props) {
  const styles = useStyles();
  // Shown once, to be told to the receiver: a secret that was typed in stays covered.
  const [made, setMade] = useState<string | null>(null);
  return (
    <div className={styles.row}>
      <Field
        data-field={field}
        label={label}
        required={required}
        hint={<>{hint}</>}
        className={styles.field}
        {...(error && { validationState: 'error', validationMessage: error })}
      >
        <Input
          type={value === made ? 'text' : 'password'}
          value={value}
          onChange={(_, d) => onChange(d.value)}
          autoComplete="new-password"
          spellCheck={false}
        />
      </Field>
      {generates ? (
        <Button
          className={styles.make}
          onClick={() => {
            const next = newSigningSecret();
            setMade(next);
            onChange(next);
          }}
        >
          Generate
        </Button>
      ) : null}
    </div>
  );
}

/** `whsec_` and 32 random bytes in base64, as Standard Webhooks recommends. */
const newSigningSecret = (): string => `whsec_${btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))}`;

const useStyles = makeStyles({
  row: { display: 'flex', alignItems: 'start', columnGap: '8px', minWidth: 0 },
  field: { flexGrow: 1, minWidth: 0 },
  // Beside the input, below its label.
  make: { marginTop: '26px', flexShrink: 0 },
});
