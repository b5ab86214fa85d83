import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Select,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, splitCategoryId, type LogKeeping } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';
import { logRetentionQuery } from './api.ts';

const CHOICES = [1, 2, 3, 5, 7, 10];
/** `Forever`, `1 year`, `7 years`. */
export const yearsText = (years: number | null): string => (years === null ? 'Forever' : `${years} ${years === 1 ? 'year' : 'years'}`);

/** Changes how long a log is kept. What deletes records for good has to be confirmed with the log's name. */
export function RetentionDialog({ log, onClose }: { log: LogKeeping; onClose: () => void }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const { name } = splitCategoryId(log.category);
  const [years, setYears] = useState(log.years);
  const [typed, setTyped] = useState('');
  const [missing, setMissing] = useState(false);
  const choices = [...new Set([...CHOICES, ...(log.years === null ? [] : [log.years])])].toSorted((a, b) => a - b);
  const shorter = years !== null && (log.years === null || years < log.years);
  const change = useMutation({
    mutationFn: () =>
      api.call(endpoints.logRetention.setLogRetention, {
        body: { category: log.category, years, ...(shorter && { confirm: typed.trim() }) },
      }),
    onSuccess: (answer) => {
      queryClient.setQueryData(logRetentionQuery().queryKey, answer);
      announce(`Retention of ${name}: ${yearsText(years)}.`);
      onClose();
    },
    onError: (error) => announce(`The retention was not changed. ${problemText(error)}`),
  });
  const save = () => {
    if (years === log.years) return onClose();
    if (shorter && typed.trim() !== name) return setMissing(true);
    change.mutate();
  };
  return (
    <Dialog
      open
      modalType={shorter ? 'alert' : 'modal'}
      onOpenChange={(_, data) => (data.open || change.isPending ? undefined : onClose())}
    >
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{`Retention of ${name}`}</DialogTitle>
          <DialogContent className={styles.content}>
            {change.error ? (
              <MessageBar intent="error" layout="multiline">
                <MessageBarBody>{problemText(change.error)}</MessageBarBody>
              </MessageBar>
            ) : null}
            <Field label="Keep records">
              <Select
                value={years === null ? 'forever' : String(years)}
                onChange={(_, data) => {
                  setYears(data.value === 'forever' ? null : Number(data.value));
                  setMissing(false);
                  change.reset();
                }}
              >
                <option value="forever">Forever</option>
                {choices.map((n) => (
                  <option key={n} value={n}>
                    {yearsText(n)}
                  </option>
                ))}
              </Select>
            </Field>
            {shorter ? (
              <>
                <MessageBar intent="warning" layout="multiline">
                  <MessageBarBody>
                    {`Records whose time is more than ${yearsText(years)} ago are deleted for good, whole months at a time, beginning within the hour. They can no longer be searched, exported or replayed. Records that a delivery, a replay, an export or a legal hold still needs stay until then.`}
                  </MessageBarBody>
                </MessageBar>
                <Field
                  label={`Type ${name} to confirm`}
                  required
                  {...(missing && { validationState: 'error', validationMessage: `Type ${name}, exactly as it is written here.` })}
                >
                  <Input
                    value={typed}
                    maxLength={200}
                    autoComplete="off"
                    onChange={(_, data) => {
                      setTyped(data.value);
                      setMissing(false);
                    }}
                  />
                </Field>
              </>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose} disabled={change.isPending}>
              Cancel
            </Button>
            <Button appearance="primary" onClick={save} disabled={change.isPending}>
              {change.isPending ? 'Saving …' : 'Save'}
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({ content: { display: 'grid', rowGap: tokens.spacingVerticalM } });
