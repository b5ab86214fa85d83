import { Button, Field, Input, Spinner, Text, makeStyles, tokens } from '@fluentui/react-components';
import { endpoints } from '@weir/contract';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { Time } from '../../components/time.tsx';
import { formatNumber } from '../../lib/format.ts';
import { api } from '../../lib/api.ts';
import { useMayWrite } from './may-write.ts';
import { DeliveryDialog, Problem } from './delivery-dialog.tsx';
import { ErrorState } from '../../components/error-state.tsx';

/** The same in a dialog. */
export function QuarantineDialog({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
  return (
    <DeliveryDialog title={`Quarantine: ${title}`} onClose={onClose}>
      <QuarantinePanel id={id} />
    </DeliveryDialog>
  );
}

/** Records that a destination refused for good, with the reason: sent again, dismissed or downloaded. */
export function QuarantinePanel({ id }: { id: string }) {
  const mayWrite = useMayWrite();
  const styles = useStyles();
  const announce = useAnnounce();
  const queryClient = useQueryClient();
  const [skipping, setSkipping] = useState<number | null>(null);
  const [reason, setReason] = useState('');
  const { deliveries } = endpoints;
  const list = useInfiniteQuery({
    queryKey: ['delivery', id, 'quarantine'],
    initialPageParam: 0,
    queryFn: ({ pageParam, signal }) =>
      api.call(deliveries.listQuarantine, { params: { id }, query: { after: pageParam, limit: 100 } }, { signal }),
    getNextPageParam: (page) => page.next,
    refetchInterval: 3_000,
  });
  const refresh = () =>
    Promise.all([
      queryClient.invalidateQueries({ queryKey: ['delivery', id] }),
      queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] }),
    ]);
  const resend = useMutation({
    mutationFn: (sequences: number[] | undefined) =>
      api.call(deliveries.resendQuarantined, { params: { id }, body: sequences ? { sequences } : {} }),
    onSuccess: async ({ records }) => {
      announce(`${records} ${records === 1 ? 'record is' : 'records are'} sent again.`);
      await refresh();
    },
  });
  const skip = useMutation({
    mutationFn: (sequence: number) =>
      api.call(deliveries.skipQuarantined, { params: { id }, body: { sequences: [sequence], reason: reason.trim() } }),
    onSuccess: async () => {
      setSkipping(null);
      setReason('');
      announce('Record dismissed. It stays in the log.');
      await refresh();
    },
  });
  const download = useMutation({
    mutationFn: async (sequence: number) => {
      const { body } = await api.call(deliveries.getQuarantined, { params: { id, sequence } });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([body], { type: 'application/json' }));
      link.download = `record-${sequence}.json`;
      link.click();
      URL.revokeObjectURL(link.href);
    },
  });
  const items = list.data?.pages.flatMap((page) => page.items) ?? [];
  if (list.error && !list.data) return <ErrorState error={list.error} onRetry={() => void list.refetch()} />;
  if (!list.data) return <Spinner size="tiny" label="Loading quarantine" />;
  return (
    <div className={styles.content}>
      <Problem error={resend.error ?? skip.error ?? download.error} />
      {items.length === 0 ? <Text block>No record is in quarantine.</Text> : null}
      {items.length > 0 && mayWrite ? (
        <div>
          <Button appearance="primary" disabled={resend.isPending} onClick={() => resend.mutate(undefined)}>
            Resend all
          </Button>
        </div>
      ) : null}
      {items.length > 0 ? (
        <ul className={styles.list} aria-label="Quarantined records">
          {items.map((item) => (
            <li key={item.sequence} className={styles.item}>
              <Text block weight="semibold">{`Record ${formatNumber(item.sequence)}`}</Text>
              <Text block className={styles.wrap}>
                {item.fault.message} {item.fault.remedy}
              </Text>
              <Text block size={200} className={styles.quiet}>
                {item.fault.code}, <Time value={item.quarantinedAt} />
              </Text>
              {skipping === item.sequence ? (
                <Field label="Reason" required>
                  <Input value={reason} maxLength={500} onChange={(_, data) => setReason(data.value)} />
                </Field>
              ) : null}
              <div className={styles.actions}>
                {skipping === item.sequence ? (
                  <>
                    <Button size="small" disabled={!reason.trim() || skip.isPending} onClick={() => skip.mutate(item.sequence)}>
                      Dismiss this record
                    </Button>
                    <Button size="small" appearance="subtle" onClick={() => setSkipping(null)}>
                      Keep
                    </Button>
                  </>
                ) : (
                  <>
                    <Button
                      size="small"
                      disabled={!mayWrite || item.resending || resend.isPending}
                      onClick={() => resend.mutate([item.sequence])}
                      aria-label={`Resend record ${item.sequence}`}
                    >
                      {item.resending ? 'Sending again …' : 'Resend'}
                    </Button>
                    <Button
                      size="small"
                      disabled={!mayWrite}
                      onClick={() => setSkipping(item.sequence)}
                      aria-label={`Dismiss record ${item.sequence}`}
                    >
                      Dismiss …
                    </Button>
                    <Button
                      size="small"
                      appearance="subtle"
                      onClick={() => download.mutate(item.sequence)}
                      aria-label={`Download record ${item.sequence}`}
                    >
                      Download
                    </Button>
                  </>
                )}
              </div>
            </li>
          ))}
        </ul>
      ) : null}
      {list.hasNextPage ? <Button onClick={() => void list.fetchNextPage()}>Show more</Button> : null}
    </div>
  );
}

const useStyles = makeStyles({
  content: { display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', rowGap: tokens.spacingVerticalM },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: tokens.spacingVerticalM },
  item: { borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, paddingBottom: tokens.spacingVerticalS },
  actions: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalXS },
  wrap: { overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2 },
});
