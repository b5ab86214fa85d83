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
  Spinner,
  Text,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import { endpoints } from '@weir/contract';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { Time } from '../../components/time.tsx';
import { api } from '../../lib/api.ts';
import { problemText } from '../../lib/problem.ts';

/** Records that a destination refused for good, with the reason: sent again, skipped or downloaded. */
export function QuarantineDialog({ id, title, onClose }: { id: string; title: string; onClose: () => void }) {
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
      announce('Record skipped.');
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
  const error = list.error ?? resend.error ?? skip.error ?? download.error;
  return (
    <Dialog open onOpenChange={(_, data) => (data.open ? undefined : onClose())}>
      <DialogSurface>
        <DialogBody>
          <DialogTitle>{`Quarantine: ${title}`}</DialogTitle>
          <DialogContent className={styles.content}>
            {error ? (
              <MessageBar intent="error">
                <MessageBarBody>{problemText(error)}</MessageBarBody>
              </MessageBar>
            ) : null}
            {list.isPending ? <Spinner size="tiny" label="Loading quarantine" /> : null}
            {list.data && items.length === 0 ? <Text block>No record is in quarantine.</Text> : null}
            {items.length > 0 ? (
              <ul className={styles.list} aria-label="Quarantined records">
                {items.map((item) => (
                  <li key={item.sequence} className={styles.item}>
                    <Text block weight="semibold">{`Record ${item.sequence}`}</Text>
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
                            Skip this record
                          </Button>
                          <Button size="small" appearance="subtle" onClick={() => setSkipping(null)}>
                            Keep
                          </Button>
                        </>
                      ) : (
                        <>
                          <Button
                            size="small"
                            disabled={item.resending || resend.isPending}
                            onClick={() => resend.mutate([item.sequence])}
                            aria-label={`Resend record ${item.sequence}`}
                          >
                            {item.resending ? 'Sending again …' : 'Resend'}
                          </Button>
                          <Button size="small" onClick={() => setSkipping(item.sequence)} aria-label={`Skip record ${item.sequence}`}>
                            Skip …
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
          </DialogContent>
          <DialogActions>
            <Button onClick={onClose}>Close</Button>
            {items.length > 0 ? (
              <Button appearance="primary" disabled={resend.isPending} onClick={() => resend.mutate(undefined)}>
                Resend all
              </Button>
            ) : null}
          </DialogActions>
        </DialogBody>
      </DialogSurface>
    </Dialog>
  );
}

const useStyles = makeStyles({
  content: { display: 'grid', rowGap: tokens.spacingVerticalM },
  list: { listStyleType: 'none', margin: 0, padding: 0, display: 'grid', rowGap: tokens.spacingVerticalM },
  item: { borderBottom: `1px solid ${tokens.colorNeutralStroke2}`, paddingBottom: tokens.spacingVerticalS },
  actions: { display: 'flex', flexWrap: 'wrap', columnGap: tokens.spacingHorizontalS, marginTop: tokens.spacingVerticalXS },
  wrap: { overflowWrap: 'anywhere' },
  quiet: { color: tokens.colorNeutralForeground2 },
});
