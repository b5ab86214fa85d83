import { Badge } from '@fluentui/react-components';
import type { DeliveryStatus } from '@weir/contract';

const colors: Record<DeliveryStatus, 'success' | 'danger' | 'warning' | 'informative'> = {
  Healthy: 'success',
  'Waiting for first record': 'informative',
  'Catching up': 'informative',
  Paused: 'informative',
  Stalled: 'warning',
  Failing: 'danger',
  Misconfigured: 'danger',
};

/** The word for how a delivery, or the one that stands for a setting, fares. */
export const StatusBadge = ({ status }: { status: DeliveryStatus }) => (
  <Badge appearance="tint" color={colors[status]}>
    {status}
  </Badge>
);
