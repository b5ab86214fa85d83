import {
  Badge,
  Button,
  Dialog,
  DialogActions,
  DialogBody,
  DialogContent,
  DialogSurface,
  DialogTitle,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, type AlertChannelView } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useAnnounce } from '../../../components/announce.tsx';
import { DeleteIcon, EditIcon, SendIcon } from '../../../components/icons.ts';
import { Time } from '../../../components/time.tsx';
import { api } from '../../../lib/api.ts';
import { problemText } from '../../../lib/problem.ts';

const { alerts } = endpoints;

/** Where alerts go, and how that went last. */
export function ChannelList({
  channels,
  canWrite,
  onEdit,
}: {
  channels: readonly AlertChannelView[];
  canWrite: boolean;
  onEdit: (id: string) => void;
}) {
  const styles = useStyles();
  return (
    <ul className={styles.list} aria-label="Channels">
      {channels.map((channel) => (
        <Channel key={channel.id} channel={channel} canWrite={canWrite} onEdit={() => onEdit(channel.id)} />
      ))}
    </ul>
  );
}

function Channel({ channel, canWrite, onEdit }: { channel: AlertChannelView; canWrite: boolean; onEdit: () => void }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const { id, name, target, waiting, lastSentAt, fault } = channel;
  const params = { id };
  const test = useMutation({
    mutationFn: () => api.call(alerts.testAlertChannel, { params, body: {} }),
    onSuccess: ({ taken, answer }) => announce(`${taken ? 'The test was taken.' : 'The test was not taken.'} ${answer}`),
    onError: (error) => announce(`The test was not sent. ${problemText(error)}`),
  });
  const remove = useMutation({
    mutationFn: () => api.call(alerts.deleteAlertChannel, { params }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['alerts', 'channels'] });
      announce(`Channel ${name} deleted.`);
    },
    onError: (error) => announce(`Not deleted. ${problemText(error)}`),
  });
  const [asked, setAsked] = useState(false);
  const deleteButton = useRef<HTMLButtonElement>(null);
  const leave = () => {
    setAsked(false);
    setTimeout(() => deleteButton.current?.focus());
  };
  return (
    <li className={styles.channel}>
      <div className={styles.title}>
        <Text as="h3" weight="semibold" className={styles.name}>
          {name}
        </Text>
        <Badge appearance="tint" color="informative">
          {target.type === 'webhook' ? 'Webhook' : 'E-mail'}
        </Badge>
      </div>
      <Text size={200} className={styles.quiet}>
        {target.type === 'webhook' ? target.url : `${target.to.join(', ')} by ${target.host}:${target.port}`}
      </Text>
      <Text size={200} className={styles.facts}>
        <span>
          {lastSentAt ? (
            <>
              Last alert sent <Time value={lastSentAt} />
            </>
          ) : (
            'No alert was sent yet'
          )}
        </span>
        {waiting > 0 ? <span>{waiting === 1 ? 'One notification waits' : `${waiting} notifications wait`}</span> : null}
      </Text>
      {fault ? (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>The last alert was not taken. It is tried again.</MessageBarTitle>
            {fault.message} {fault.remedy}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {test.data ? (
        <MessageBar intent={test.data.taken ? 'success' : 'error'} layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>{test.data.taken ? 'The test was taken.' : 'The test was not taken.'}</MessageBarTitle>
            {test.data.answer} {test.data.remedy}
          </MessageBarBody>
        </MessageBar>
      ) : null}
      {test.error ? (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>{problemText(test.error)}</MessageBarBody>
        </MessageBar>
      ) : null}
      {canWrite ? (
        <div className={styles.actions}>
          <Button
            size="small"
            icon={<SendIcon />}
            disabledFocusable={test.isPending}
            onClick={() => test.mutate()}
            aria-label={`Send a test to ${name}`}
          >
            {test.isPending ? 'Sending …' : 'Send a test'}
          </Button>
          <Button size="small" icon={<EditIcon />} onClick={onEdit} aria-label={`Edit ${name}`}>
            Edit
          </Button>
          <Button size="small" icon={<DeleteIcon />} ref={deleteButton} onClick={() => setAsked(true)} aria-label={`Delete ${name}`}>
            Delete
          </Button>
        </div>
      ) : null}
      {asked ? (
        <Dialog open modalType="alert" onOpenChange={(_, data) => (data.open || remove.isPending ? undefined : leave())}>
          <DialogSurface>
            <DialogBody>
              <DialogTitle>{`Delete channel “${name}”?`}</DialogTitle>
              <DialogContent>
                {remove.error ? (
                  <MessageBar intent="error">
                    <MessageBarBody>{problemText(remove.error)}</MessageBarBody>
                  </MessageBar>
                ) : null}
                No more alerts are sent there, nor those that still wait. Its secret is forgotten.
              </DialogContent>
              <DialogActions>
                <Button onClick={leave} disabled={remove.isPending}>
                  Cancel
                </Button>
                <Button appearance="primary" onClick={() => remove.mutate()} disabled={remove.isPending}>
                  {remove.isPending ? 'Deleting …' : 'Delete'}
                </Button>
              </DialogActions>
            </DialogBody>
          </DialogSurface>
        </Dialog>
      ) : null}
    </li>
  );
}

const useStyles = makeStyles({
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', maxWidth: '900px' },
  channel: {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr)',
    rowGap: tokens.spacingVerticalXS,
    padding: `${tokens.spacingVerticalM} 0`,
    borderBottom: `1px solid ${tokens.colorNeutralStroke2}`,
  },
  title: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
  name: { margin: 0, overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
  facts: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalL, color: tokens.colorNeutralForeground2 },
  actions: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalXS },
});
