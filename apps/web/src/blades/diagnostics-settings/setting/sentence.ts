import type { DeliveryHistory, DeliveryView } from '@weir/contract';
import { formatNumber } from '../../../lib/format.ts';
import { formatDuration } from './series.ts';

const troubled = new Set<DeliveryView['status']>(['Misconfigured', 'Failing', 'Stalled']);

/** Are records arriving? The answer to what an admin wants to know first. */
export function arrivalText(deliveries: readonly DeliveryView[]): string {
  const bad = deliveries.filter((d) => troubled.has(d.status));
  const with_ = (n: number) =>
    `${formatNumber(n)} of ${formatNumber(deliveries.length)} ${deliveries.length === 1 ? 'delivery' : 'deliveries'}`;
  if (bad.length > 0) return `${with_(bad.length)} ${bad.length === 1 ? 'does' : 'do'} not work. Nothing is lost: records wait.`;
  const paused = deliveries.filter((d) => d.status === 'Paused').length;
  if (paused > 0) return `${with_(paused)} ${paused === 1 ? 'is' : 'are'} paused; records wait.`;
  const behind = deliveries.filter((d) => d.status === 'Catching up').length;
  if (behind > 0) return `Records are arriving; ${with_(behind)} ${behind === 1 ? 'is' : 'are'} catching up.`;
  const healthy = deliveries.filter((d) => d.status === 'Healthy').length;
  if (healthy === 0) return 'No record was delivered yet.';
  return healthy === deliveries.length
    ? 'Records are arriving at every destination.'
    : `Records are arriving: ${with_(healthy)}; the others wait for their first record.`;
}

/** Is it stable? What the time of the charts comes to over all destinations, and what is in quarantine. */
export function stabilityText({ deliveries }: DeliveryHistory, span: string, now: readonly DeliveryView[]): string {
  const points = deliveries.flatMap((d) => d.points);
  const sum = (of: (point: (typeof points)[number]) => number) => points.reduce((total, point) => total + of(point), 0);
  const [records, errors] = [sum((p) => p.records), sum((p) => p.errors)];
  const lag = Math.max(0, ...points.map((p) => p.lagMs ?? 0));
  const parts = [
    records === 0 ? 'nothing was delivered' : `${plural(records, 'record')} delivered`,
    errors === 0 ? 'no attempt failed' : `${plural(errors, 'attempt')} failed`,
    ...(lag > 0 ? [`a lag of ${formatDuration(lag)} at most`] : []),
  ];
  const kept = now.reduce((total, d) => total + d.quarantined, 0);
  const quarantine = kept === 0 ? 'Nothing is in quarantine.' : `${plural(kept, 'record')} ${kept === 1 ? 'is' : 'are'} in quarantine.`;
  return `In the ${span}: ${parts.join(', ')}. ${quarantine}`;
}
const plural = (n: number, unit: string): string => `${formatNumber(n)} ${unit}${n === 1 ? '' : 's'}`;
