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
  ProgressBar,
  Radio,
  RadioGroup,
  Spinner,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints, type ReplayFromInput, type ReplayView } from '@weir/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { Time } from '../../components/time.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';

const number = new Intl.NumberFormat('en-US');
type From = ReplayFromInput['from'];

/** What the fields say, or null while they say nothing that can be sent. Times are entered in UTC. */
function inputOf(from: From, time: string, sequence: string): ReplayFromInput | null {
  if (from === 'beginning') return { from };
  if (from === 'sequence') return /^[1-9]\d{0,14}$/.test(sequence) ? { from, sequence: Number(sequence) } : null;
  const at = new Date(`${time}Z`);
  return Number.isNaN(at.getTime()) ? null : { from, time: at.toISOString() };
}

/** Starts a replay of one delivery, and shows those that wait, run or have ended. */
export function ReplayDialog({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const [from, setFrom] = useState<From>('beginning');
  const [time, setTime] = useState('');
  const [sequence, setSequence] = useState('');
  const input = inputOf(from, time, sequence);
  const { deliveries } = endpoints;
  const detail = useQuery({
    queryKey: ['delivery', id],
    queryFn: ({ signal }) => api.call(deliveries.getDelivery, { params: { id } }, { signal }),
    refetchInterval: 2_000,
  });
  const preview = useQuery({
    queryKey: ['delivery', id, 'preview', input],
    enabled: input !== null,
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) => api.call(deliveries.previewReplay, { params: { id }, body: input! }, { signal }),
  });
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['delivery', id], exact: true });
  const start = useMutation({
    mutationFn: () => api.call(deliveries.startReplay, { params: { id }, body: input! }),
    onSuccess: async (replay) => {
      await refresh();
      announce(`Replay of ${number.format(replay.records)} records started.`);
    },
  });
  const cancel = useMutation({
    mutationFn: (replayId: string) => api.call(deliveries.cancelReplay, { params: { id, replayId } }),
    onSuccess: () => announce('Replay cancelled.'),
    onSettled: refresh,
  });
  const error = detail.error ?? start.error ?? cancel.error ?? preview.error;
  return (
    <Dialog open onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{`Replay: ${title}`}</DialogTitle>
          <DialogContent className={styles.content}>
            {error ? (
              <MessageBar intent="error">
                <MessageBarBody>{problemText(error)}</MessageBarBody>
              </MessageBar>
            ) : null}
            <Field label="Send again">
              <RadioGroup value={from} onChange={(_, data) => setFrom(data.value as From)}>
                <Radio value="beginning" label="From the beginning" />
                <Radio value="time" label="From a time" />
                <Radio value="sequence" label="From a sequence number" />
              </RadioGroup>
            </Field>
            {from === 'time' ? (
              <Field label="Time (UTC)" required>
                <Input type="datetime-local" value={time} onChange={(_, data) => setTime(data.value)} />
              </Field>
            ) : null}
            {from === 'sequence' ? (
              <Field label="Sequence number" required>
                <Input inputMode="numeric" value={sequence} onChange={(_, data) => setSequence(data.value.trim())} />
              </Field>
            ) : null}
            {input && preview.data ? (
              <Text block>
                {preview.data.records === 0
                  ? 'The delivery has sent no record from there on.'
                  : `${number.format(preview.data.records)} records, up to sequence number ${number.format(preview.data.lastSequence)}. New records go on as before.`}
              </Text>
            ) : null}
            {detail.data ? <Text block>{`Duplicates: ${detail.data.duplicates}`}</Text> : null}
            {detail.isPending ? <Spinner size="tiny" label="Loading replays" /> : null}
            {detail.data && detail.data.replays.length > 0 ? (
              <ul className={styles.list} aria-label="Replays">
                {detail.data.replays.map((replay) => (
                  <ReplayItem key={replay.id} replay={replay} onCancel={() => cancel.mutate(replay.id)} busy={cancel.isPending} />
                ))}
              </ul>
            ) : null}
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close</Button>
            <Button appearance="primary" disabled={!input || start.isPending || preview.data?.records === 0} onClick={() => start.mutate()}>
              Start replay
            </Button>
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

function ReplayItem({ replay, onCancel, busy }: { replay: ReplayView; onCancel: () => void; busy: boolean }) {
  const styles = useStyles();
  const covered = replay.position - replay.firstSequence + 1;
  const name = `${replay.kind === 'resend' ? 'Resend' : 'Replay'} ${replay.firstSequence}–${replay.lastSequence}`;
  return (
    <li className={styles.item}>
      <div className={styles.grow}>
        <Text block weight="semibold">{`${name}: ${replay.state}`}</Text>
        {replay.endedAt === null ? <ProgressBar value={covered / replay.records} aria-label={`Progress of ${name}`} /> : null}
        <Text block size={200} className={styles.quiet}>
          {`${number.format(covered)} of ${number.format(replay.records)} records`}
          {replay.recordsPerSecond ? `, ${number.format(Math.round(replay.recordsPerSecond))} a second` : ''}
          {replay.endsAt ? (
            <>
              , ends about <Time value={replay.endsAt} />
            </>
          ) : null}
          . {replay.reason}
        </Text>
      </div>
      {replay.endedAt === null ? (
        <Button size="small" onClick={onCancel} disabled={busy} aria-label={`Cancel ${name}`}>
          Cancel
        </Button>
      ) : null}
    </li>
  );
}

const useStyles = makeStyles({
  content: { display: 'grid', rowGap: tokens.spacingVerticalM },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: tokens.spacingVerticalS },
  item: { display: 'flex', columnGap: tokens.spacingHorizontalM, alignItems: 'center' },
  grow: { flexGrow: 1, minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
});
