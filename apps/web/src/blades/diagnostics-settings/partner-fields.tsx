import { Button, Dropdown, Field, Input, Option, makeStyles } from '@fluentui/react-components';
import { partnerFields, partnerTitle, partnerTypes, type PartnerField, type PartnerType, type SettingView } from '@weir/contract';
import { useState } from 'react';
import { Time } from '../../components/time.tsx';
import type { FieldErrors, FormState } from './form-state.ts';

type Partner = FormState['partner'];
interface Props {
  value: Partner;
  errors: FieldErrors;
  secrets: SettingView['secrets'];
  onChange: (value: Partner) => void;
}
const failed = (message: string | undefined) => (message ? { validationState: 'error' as const, validationMessage: message } : {});

/** The choice of a partner solution, and the fields that its schema describes. */
export function PartnerFields({ value, errors, secrets, onChange }: Props) {
  const { type, values } = value;
  return (
    <>
      <Field label="Partner solution" required {...failed(errors['destinations.partner'])}>
        <Dropdown
          placeholder="Select"
          value={type === '' ? '' : partnerTitle(type)}
          selectedOptions={[type]}
          onOptionSelect={(_, d) => onChange({ ...value, type: (d.optionValue ?? '') as PartnerType | '' })}
        >
          {partnerTypes.map((t) => (
            <Option key={t} value={t}>
              {partnerTitle(t)}
            </Option>
          ))}
        </Dropdown>
      </Field>
      {type === ''
        ? null
        : partnerFields(type).map((field) => {
            const path = `destinations.${type}.${field.name}`;
            return (
              <PartnerInput
                key={path}
                field={field}
                value={values[type][field.name] ?? ''}
                error={errors[path] ?? (field.name === 'url' ? errors[`destinations.${type}`] : undefined)}
                setAt={secrets.find((s) => s.path === path)?.setAt}
                onChange={(text) => onChange({ ...value, values: { ...values, [type]: { ...values[type], [field.name]: text } } })}
              />
            );
          })}
    </>
  );
}

interface InputProps {
  field: PartnerField;
  value: string;
  error: string | undefined;
  /** When the stored secret was entered; absent: none is stored. */
  setAt: string | undefined;
  onChange: (text: string) => void;
}

function PartnerInput({ field, value, error, setAt, onChange }: InputProps) {
  const styles = useStyles();
  // Shown once, to be told to the receiver: a secret that was typed in stays covered.
  const [made, setMade] = useState<string | null>(null);
  const secret = field.kind === 'secret';
  const hint = setAt ? (
    <>
      {field.description} Set <Time value={setAt} />. It cannot be shown; leave it empty to keep it.
    </>
  ) : (
    field.description
  );
  return (
    <div className={styles.row}>
      <Field label={field.title} required={field.required && !setAt} hint={hint} className={styles.field} {...failed(error)}>
        <Input
          type={secret && value !== made ? 'password' : field.kind === 'number' ? 'number' : 'text'}
          value={value}
          onChange={(_, d) => onChange(d.value)}
          autoComplete={secret ? 'new-password' : 'off'}
          spellCheck={false}
        />
      </Field>
      {field.generates === 'whsec' ? (
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
