import { Button, Field, MessageBar, MessageBarBody, Switch, Text, Textarea, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints, type SettingView } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { Time } from '../../components/time.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';

/** Puts or releases a legal hold. It holds at once, apart from what else the form saves. */
export function LegalHold({ setting: { name, legalHold } }: { setting: Pick<SettingView, 'name' | 'legalHold'> }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const [wanted, setWanted] = useState(legalHold !== null);
  const [reason, setReason] = useState('');
  const [missing, setMissing] = useState(false);
  const change = useMutation({
    mutationFn: async (on: boolean) => {
      if (on) await api.call(endpoints.settings.putLegalHold, { params: { name }, body: { reason } });
      else await api.call(endpoints.settings.releaseLegalHold, { params: { name } });
    },
    onSuccess: async (_, on) => {
      await queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] });
      setReason('');
      announce(on ? 'The legal hold stands.' : 'The legal hold is released.');
    },
    onError: (error) => announce(`The legal hold was not changed. ${problemText(error)}`),
  });
  const toggle = (on: boolean) => {
    change.reset();
    setMissing(false);
    setWanted(on);
  };
  const submit = () => {
    if (wanted && reason.trim() === '') return setMissing(true);
    change.mutate(wanted);
  };
  return (
    <fieldset className={styles.fieldset}>
      <legend className={styles.legend}>Legal hold</legend>
      <Text size={200} className={styles.about}>
        While it stands, nothing that this setting archived in a storage account is deleted, and the setting cannot be deleted. It holds at
        once, without Save.
      </Text>
      {change.error ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{problemText(change.error)}</MessageBarBody>
        </MessageBar>
      ) : null}
      <Switch label="Legal hold" checked={wanted} disabled={change.isPending} onChange={(_, d) => toggle(d.checked)} />
      {legalHold ? (
        <Text size={200} className={styles.state}>
          On hold since <Time value={legalHold.since} /> by {legalHold.by}: {legalHold.reason}
        </Text>
      ) : null}
      {wanted && !legalHold ? (
        <Field
          label="Reason"
          required
          {...(missing && { validationState: 'error', validationMessage: 'Enter a reason, such as the number of the case.' })}
        >
          <Textarea
            value={reason}
            maxLength={500}
            onChange={(_, d) => {
              setReason(d.value);
              setMissing(false);
            }}
          />
        </Field>
      ) : null}
      {!wanted && legalHold ? (
        <Text size={200} className={styles.about}>
          Released, blobs that are past their retention days are deleted soon.
        </Text>
      ) : null}
      {wanted !== (legalHold !== null) ? (
        <div className={styles.actions}>
          <Button disabled={change.isPending} onClick={submit}>
            {change.isPending ? 'Changing …' : wanted ? 'Put legal hold' : 'Release legal hold'}
          </Button>
          <Button disabled={change.isPending} onClick={() => toggle(legalHold !== null)}>
            Cancel
          </Button>
        </div>
      ) : null}
    </fieldset>
  );
}

const useStyles = makeStyles({
  fieldset: {
    border: 'none',
    margin: 0,
    padding: 0,
    minWidth: 0,
    display: 'grid',
    rowGap: tokens.spacingVerticalS,
    maxWidth: '480px',
    justifyItems: 'start',
  },
  legend: {
    padding: 0,
    marginBottom: tokens.spacingVerticalXS,
    fontSize: tokens.fontSizeBase400,
    fontWeight: tokens.fontWeightSemibold,
    lineHeight: tokens.lineHeightBase400,
  },
  about: { color: tokens.colorNeutralForeground3 },
  state: { overflowWrap: 'anywhere' },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
});
