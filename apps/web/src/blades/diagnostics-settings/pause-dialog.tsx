import { Button, Field, Input } from '@fluentui/react-components';
import { endpoints, type DeliveryView } from '@weir/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { DeliveryDialog, Problem } from './delivery-dialog.tsx';

/** Asks before a delivery is paused or resumed, and says what happens. */
export function PauseDialog({ delivery, title, onClose }: { delivery: DeliveryView; title: string; onClose: () => void }) {
  const queryClient = useQueryClient();
  const announce = useAnnounce();
  const [reason, setReason] = useState('');
  // What the dialog asks must not turn around while it is open.
  const [resume] = useState(delivery.status === 'Paused');
  const change = useMutation({
    mutationFn: () =>
      resume
        ? api.call(endpoints.deliveries.resumeDelivery, { params: { id: delivery.id }, body: {} })
        : api.call(endpoints.deliveries.pauseDelivery, {
            params: { id: delivery.id },
            body: reason.trim() ? { reason: reason.trim() } : {},
          }),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ['diagnostic-settings'] });
      announce(resume ? 'Delivery resumed.' : 'Delivery paused.');
      onClose();
    },
  });
  const word = resume ? 'Resume' : 'Pause';
  return (
    <DeliveryDialog
      title={`${word} delivery: ${title}`}
      onClose={onClose}
      busy={change.isPending}
      close="Cancel"
      actions={
        <Button appearance="primary" onClick={() => change.mutate()} disabled={change.isPending}>
          {word}
        </Button>
      }
    >
      <Problem error={change.error} />
      {resume ? (
        'Records that wait are sent at once, oldest first, from where the delivery stopped.'
      ) : (
        <>
          What is being sent is finished, then nothing more is sent, replays included. Records wait for as long as the pause takes; none is
          lost.
          <Field label="Reason (optional)">
            <Input value={reason} maxLength={500} onChange={(_, data) => setReason(data.value)} />
          </Field>
        </>
      )}
    </DeliveryDialog>
  );
}
