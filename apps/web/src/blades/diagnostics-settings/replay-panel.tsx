import { Button, Field, Input, ProgressBar, Radio, RadioGroup, Spinner, Text, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints, type ReplayFromInput, type ReplayView } from '@weir/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { Time } from '../../components/time.tsx';
import { api } from '../../lib/api.ts';
import { useMayWrite } from './may-write.ts';
import { DeliveryDialog, Problem } from './delivery-dialog.tsx';
import { ErrorState } from '../../components/error-state.tsx';

const number = new Intl.NumberFormat('en-US');
type From = ReplayFromInput['from'];

/** What the fields say, or null while they say nothing that can be sent. Times are entered in UTC. */
function inputOf(from: From, time: string, sequence: string): ReplayFromInput | null {
  if (from === 'beginning') return { from };
  if (from === 'sequence') return /^[1-9]\d{0,14}$/.test(sequence) ? { from, sequence: Number(sequence) } : null;
  const at = new Date(`${time}Z`);
  return Number.isNaN(at.getTime()) ? null : { from, time: at.toISOString() };
}

/** The same in a dialog. */
export function ReplayDialog({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  return (
    <DeliveryDialog title={`Replay: ${title}`} onClose={onClose}>
      <ReplayPanel id={id} />
    </DeliveryDialog>
  );
}

/** Starts a replay of one delivery (`to`: the name of its destination), and shows those that wait, run or have ended. */
export function ReplayPanel({ id, to }: { id: string; to?: string | undefined }) {
  const mayWrite = useMayWrite();
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
  if (detail.error && !detail.data) return <ErrorState error={detail.error} onRetry={() => void detail.refetch()} />;
  if (!detail.data) return <Spinner size="tiny" label="Loading replays" />;
  const { duplicates, replays } = detail.data;
  return (
    <div className={styles.content}>
      <Problem error={start.error ?? cancel.error ?? preview.error} />
      <Field label="Send again">
        <RadioGroup value={from} disabled={!mayWrite} onChange={(_, data) => setFrom(data.value as From)}>
          <Radio value="beginning" label="From the beginning" />
          <Radio value="time" label="From a time" />
          <Radio value="sequence" label="From a sequence number" />
        </RadioGroup>
      </Field>
      {from === 'time' ? (
        <Field label="Time (UTC)" required className={styles.field}>
          <Input type="datetime-local" value={time} onChange={(_, data) => setTime(data.value)} />
        </Field>
      ) : null}
      {from === 'sequence' ? (
        <Field label="Sequence number" required className={styles.field}>
          <Input inputMode="numeric" value={sequence} onChange={(_, data) => setSequence(data.value.trim())} />
        </Field>
      ) : null}
      {input && preview.data ? (
        <Text block>
          {preview.data.records === 0
            ? 'The delivery has sent no record from there on.'
            : `${number.format(preview.data.records)} records${to ? ` to ${to}` : ''}, up to sequence number ${number.format(preview.data.lastSequence)}. New records go on as before.`}
        </Text>
      ) : null}
      <Text block>{`Duplicates: ${duplicates}`}</Text>
      <div>
        <Button
          appearance="primary"
          disabled={!mayWrite || !input || start.isPending || preview.data?.records === 0}
          onClick={() => start.mutate()}
        >
          Start replay
        </Button>
        {mayWrite ? null : (
          <Text block size={200} className={styles.quiet}>
            You may look at replays, not start one.
          </Text>
        )}
      </div>
      {replays.length > 0 ? (
        <ul className={styles.list} aria-label="Replays">
          {replays.map((replay) => (
            <ReplayItem key={replay.id} replay={replay} onCancel={() => cancel.mutate(replay.id)} busy={cancel.isPending || !mayWrite} />
          ))}
        </ul>
      ) : (
        <Text block className={styles.quiet}>
          No replay was started yet.
        </Text>
      )}
    </div>
  );
}

function ReplayItem({ replay, onCancel, busy }: { replay: ReplayView; onCancel: () => void; busy: boolean }) {
  const styles = useStyles();
  const covered = replay.position - replay.firstSequence + 1;
  const name = `${replay.kind === 'resend' ? 'Resend' : 'Replay'} ${number.format(replay.firstSequence)}–${number.format(replay.lastSequence)}`;
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
          . {replay.reason} Started by {replay.createdBy}, <Time value={replay.createdAt} />
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
  content: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalM },
  field: { maxWidth: '320px' },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: tokens.spacingVerticalS },
  item: { display: 'flex', columnGap: tokens.spacingHorizontalM, alignItems: 'center' },
  grow: { flexGrow: 1, minWidth: 0 },
  quiet: { color: tokens.colorNeutralForeground2 },
});
