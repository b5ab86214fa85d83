import { Dropdown, Field, Input, Option } from '@fluentui/react-components';
import { partnerFields, partnerTitle, partnerTypes, type PartnerField, type PartnerType, type SettingView } from '@weir/contract';
import { Time } from '../../components/time.tsx';
import type { FieldErrors, FormState } from './form-state.ts';
import { SecretInput } from './secret-input.tsx';

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
      <Field label="Partner solution" required data-field="destinations.partner" {...failed(errors['destinations.partner'])}>
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
                path={path}
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
  path: string;
  field: PartnerField;
  value: string;
  error: string | undefined;
  /** When the stored secret was entered; absent: none is stored. */
  setAt: string | undefined;
  onChange: (text: string) => void;
}

function PartnerInput({ path, field, value, error, setAt, onChange }: InputProps) {
  const hint = setAt ? (
    <>
      {field.description} Set <Time value={setAt} />. It cannot be shown; leave it empty to keep it.
    </>
  ) : (
    field.description
  );
  const shared = { label: field.title, required: field.required && !setAt, hint };
  if (field.kind === 'secret')
    return <SecretInput {...shared} field={path} value={value} error={error} generates={field.generates === 'whsec'} onChange={onChange} />;
  return (
    <Field {...shared} data-field={path} hint={<>{hint}</>} {...failed(error)}>
      <Input
        type={field.kind === 'number' ? 'number' : 'text'}
        value={value}
        onChange={(_, d) => onChange(d.value)}
        autoComplete="off"
        spellCheck={false}
      />
    </Field>
  );
}
