import {
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  Dropdown,
  Field,
  Input,
  MessageBar,
  MessageBarBody,
  Option,
  Textarea,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, mailSecurities, type AlertChannelInput, type AlertChannelView, type MailSecurity } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useAnnounce } from '../../../components/announce.tsx';
import { Time } from '../../../components/time.tsx';
import { api } from '../../../lib/api.ts';
import { fieldErrors, problemText } from '../../../lib/problem.ts';
import { SecretInput } from '../secret-input.tsx';
import { emptyForm, fieldOf, formOf, readForm, securityNames, withSecurity, type ChannelForm } from './channel-form.ts';

const { alerts } = endpoints;
interface Props {
  /** The one to edit, or the type of a new one. */
  channel: AlertChannelView | 'webhook' | 'email';
  onClose: () => void;
}

/** Adds or edits a channel. What the server refuses stands at its field. */
export function ChannelDialog({ channel, onClose }: Props) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const known = typeof channel === 'string' ? null : channel;
  const [form, setForm] = useState<ChannelForm>(() => (typeof channel === 'string' ? emptyForm(channel) : formOf(channel)));
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const save = useMutation({
    mutationFn: (input: AlertChannelInput) =>
      known
        ? api.call(alerts.updateAlertChannel, { params: { id: known.id }, body: input })
        : api.call(alerts.createAlertChannel, { body: input }),
    onSuccess: async ({ name }) => {
      await queryClient.invalidateQueries({ queryKey: ['alerts', 'channels'] });
      announce(`Channel ${name} saved.`);
      onClose();
    },
    onError: (error) => {
      setWrong(Object.fromEntries(Object.entries(fieldErrors(error)).map(([path, message]) => [fieldOf(path), message])));
      announce(`Not saved. ${problemText(error)}`);
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const read = readForm(form);
    if ('errors' in read) {
      setWrong(read.errors);
      announce(`Not saved. ${Object.values(read.errors)[0]}`);
    } else save.mutate(read.input);
  };
  const set = (more: Partial<ChannelForm>) => {
    setForm({ ...form, ...more });
    setWrong(Object.fromEntries(Object.entries(wrong).filter(([field]) => !(field in more))));
  };
  const failed = (field: string) => (wrong[field] ? { validationState: 'error' as const, validationMessage: wrong[field] } : {});
  const text = (field: 'name' | 'url' | 'host' | 'user' | 'from', label: string, more: { required?: boolean; hint?: string } = {}) => (
    <Field label={label} {...more} {...failed(field)}>
      <Input value={form[field]} onChange={(_, d) => set({ [field]: d.value })} autoComplete="off" spellCheck={false} />
    </Field>
  );
  const stored = known?.secretSetAt ? (
    <>
      Set <Time value={known.secretSetAt} />. It cannot be shown; leave it empty to keep it.
    </>
  ) : null;
  const unplaced = save.error && Object.keys(wrong).length === 0;

  return (
    <Dialog open onOpenChange={(_, data) => (data.open || save.isPending ? undefined : onClose())}>
      <DialogSurface>
        <form onSubmit={submit} noValidate>
          <DialogBody>
            <DialogTitle>{known ? `Edit ${known.name}` : form.type === 'webhook' ? 'Add webhook' : 'Add e-mail'}</DialogTitle>
            <DialogContent className={styles.fields}>
              {unplaced ? (
                <MessageBar intent="error" layout="multiline">
                  <MessageBarBody>{problemText(save.error)}</MessageBarBody>
                </MessageBar>
              ) : null}
              {text('name', 'Name', { required: true })}
              {form.type === 'webhook' ? (
                <>
                  {text('url', 'Webhook address', {
                    required: true,
                    hint: 'Such as https://hooks.contoso.com/alerts. Alerts are posted there as JSON.',
                  })}
                  <SecretInput
                    label="Signing secret"
                    required={!stored}
                    hint={stored ?? 'Begins with whsec_. The receiver checks with it that a request is from here.'}
                    value={form.secret}
                    error={wrong['secret']}
                    generates
                    onChange={(secret) => set({ secret })}
                  />
                </>
              ) : (
                <>
                  <Field label="To" required hint="One e-mail address a line, at most 20." {...failed('to')}>
                    <Textarea value={form.to} rows={2} onChange={(_, d) => set({ to: d.value })} spellCheck={false} />
                  </Field>
                  {text('from', 'From', { required: true, hint: 'An e-mail address that the mail server may send from.' })}
                  {text('host', 'Mail server', { required: true, hint: 'Such as smtp.contoso.com.' })}
                  <div className={styles.pair}>
                    <Field label="Encryption" {...failed('security')}>
                      <Dropdown
                        className={styles.narrow}
                        value={securityNames[form.security]}
                        selectedOptions={[form.security]}
                        onOptionSelect={(_, d) => set(withSecurity(form, (d.optionValue ?? 'starttls') as MailSecurity))}
                      >
                        {mailSecurities.map((s) => (
                          <Option key={s} value={s}>
                            {securityNames[s]}
                          </Option>
                        ))}
                      </Dropdown>
                    </Field>
                    <Field label="Port" required {...failed('port')}>
                      <Input className={styles.narrow} inputMode="numeric" value={form.port} onChange={(_, d) => set({ port: d.value })} />
                    </Field>
                  </div>
                  {text('user', 'User name (optional)')}
                  <SecretInput
                    label="Password"
                    required={form.user.trim() !== '' && !stored}
                    hint={stored ?? 'For the user name.'}
                    value={form.secret}
                    error={wrong['secret']}
                    onChange={(secret) => set({ secret })}
                  />
                </>
              )}
            </DialogContent>
            <DialogActions>
              <Button onClick={onClose} disabled={save.isPending}>
                Cancel
              </Button>
              <Button type="submit" appearance="primary" disabled={save.isPending}>
                {save.isPending ? 'Saving …' : 'Save'}
              </Button>
            </DialogActions>
          </DialogBody>
        </form>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  fields: { display: 'grid', rowGap: tokens.spacingVerticalM, gridTemplateColumns: 'minmax(0, 1fr)' },
  pair: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
  narrow: { minWidth: '140px', maxWidth: '160px' },
});
