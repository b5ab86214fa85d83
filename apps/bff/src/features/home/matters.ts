import { troubledStatuses, type AlertView, type DeliveryView, type HomeMatter, type HomeMatterView } from '@weir/contract';
import type { DeliveryFacts } from '@weir/engine';
import type { StoredSetting } from '../../ports.ts';

type Status = Pick<DeliveryView, 'status' | 'reason' | 'remedy'>;
const kinds: Partial<Record<Status['status'], HomeMatter>> = { Misconfigured: 'misconfigured', Failing: 'failing', Stalled: 'stalled' };
const order: readonly HomeMatter[] = ['misconfigured', 'failing', 'stalled', 'quarantined', 'no-records', 'retention', 'source'];

/**
 * What needs a person, of deliveries: how they fare now, and open alerts that tell of more (an alert opens later than a status
 * turns, and stays a while longer). Deliveries of one destination that fare the same are one matter. Most urgent first.
 */
export function mattersOf(
  settings: readonly StoredSetting[],
  open: readonly AlertView[],
  statusOf: (facts: DeliveryFacts) => Status,
): HomeMatterView[] {
  const matters = new Map<string, HomeMatterView>();
  const add = (one: Omit<HomeMatterView, 'source'>) => {
    const key = JSON.stringify([one.kind, one.setting, one.destination, one.kind === 'no-records' ? one.categories : null]);
    const known = matters.get(key);
    if (!known) return void matters.set(key, { ...one, source: null });
    known.categories = [...new Set([...known.categories, ...one.categories])];
    if (one.count !== null) known.count = (known.count ?? 0) + one.count;
  };
  for (const { name, deliveries, retentionFault } of settings) {
    for (const { type, category, facts } of deliveries) {
      const { status, reason, remedy } = statusOf(facts);
      const of = { setting: name, destination: type, categories: [category] };
      if (troubledStatuses.includes(status)) add({ ...of, kind: kinds[status]!, count: null, reason: reason ?? status, remedy });
      if (facts.quarantined > 0)
        add({
          ...of,
          kind: 'quarantined',
          count: facts.quarantined,
          reason: 'The destination refused records for good. They are kept, with the reason of each.',
          remedy: 'Look at them, then resend or dismiss them.',
        });
    }
    if (retentionFault)
      add({
        kind: 'retention',
        setting: name,
        destination: 'storage',
        categories: [],
        count: retentionFault.blobs,
        reason: retentionFault.fault.message,
        remedy: retentionFault.fault.remedy,
      });
  }
  for (const { cause, setting, destination, categories, reason, remedy } of open) {
    const told = [...matters.values()].some((m) => m.setting === setting && m.destination === destination && setting !== null);
    if (!told) add({ kind: cause, setting, destination, categories, count: null, reason, remedy });
  }
  return [...matters.values()].toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
}
