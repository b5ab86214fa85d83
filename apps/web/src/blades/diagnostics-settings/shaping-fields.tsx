import { Field, Input, Text, makeStyles, tokens } from '@fluentui/react-components';
import { parseCondition } from '@weir/contract';
import { Disclosure } from '../../components/disclosure.tsx';
import { RouterLink } from '../../components/router-link.tsx';
import type { FieldErrors } from './form-state.ts';
import { MaskFields } from './mask-fields.tsx';
import { shapingSummary, type ShapingState } from './shaping-state.ts';

interface Props {
  value: ShapingState;
  errors: FieldErrors;
  onChange: (value: ShapingState) => void;
}

/** Which records go, and what they leave behind. */
export function ShapingFields({ value, errors, onChange }: Props) {
  const styles = useStyles();
  const wrong = Object.keys(errors).some((field) => field === 'condition' || field === 'masks' || field.startsWith('masks.'));
  const { condition, masks } = value;
  return (
    <Disclosure title="Filter and masking" summary={shapingSummary(value)} open={condition !== '' || masks.length > 0} wrong={wrong}>
      <Field
        label="Condition"
        data-field="condition"
        className={styles.condition}
        hint="Only records that match go, as the search of the audit logs would find them: category:(Device or Role) -actor:*automation*. Left empty, every record goes. Records of other logs lack most fields; what lacks a field does not match it."
        {...(errors['condition'] && {
          validationState: 'error' as const,
          validationMessage: <ConditionError text={condition} message={errors['condition']} />,
        })}
      >
        <Input
          value={condition}
          onChange={(_, d) => onChange({ ...value, condition: d.value })}
          maxLength={2_000}
          autoComplete="off"
          spellCheck={false}
        />
      </Field>
      {condition.trim() !== '' && parseCondition(condition).ok ? (
        <Text size={200} className={styles.note}>
          <RouterLink to="/tenant-administration/audit-logs" search={{ q: condition.trim() }} target="_blank" inline>
            Search the audit logs with it
          </RouterLink>{' '}
          (in a new tab) to see what would go.
        </Text>
      ) : null}
      <MaskFields value={masks} errors={errors} onChange={(next) => onChange({ ...value, masks: next })} />
      <Text size={200} className={styles.note}>
        A change holds for batches that begin after it. A batch that is being tried goes on as it was, so that nothing arrives twice.
      </Text>
    </Disclosure>
  );
}

/** What is wrong, with the place it is wrong at. */
function ConditionError({ text, message }: { text: string; message: string }) {
  const styles = useStyles();
  const parsed = parseCondition(text);
  if (parsed.ok) return message;
  const { position } = parsed.error;
  return (
    <>
      <span className={styles.place}>
        {text.slice(Math.max(0, position - 24), position)}
        <mark className={styles.mark}>{text.slice(position, position + 12) || '⌃'}</mark>
      </span>
      {`Character ${position + 1}: ${message}`}
    </>
  );
}

const useStyles = makeStyles({
  condition: { maxWidth: '720px' },
  note: { color: tokens.colorNeutralForeground3 },
  place: { fontFamily: tokens.fontFamilyMonospace, marginInlineEnd: tokens.spacingHorizontalS, overflowWrap: 'anywhere' },
  mark: {
    backgroundColor: 'transparent',
    color: 'inherit',
    textDecorationLine: 'underline',
    textDecorationStyle: 'wavy',
    textDecorationColor: tokens.colorStatusDangerBorder2,
  },
});
