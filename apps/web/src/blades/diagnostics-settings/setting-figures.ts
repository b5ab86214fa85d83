import { destinationNames, mostUrgent, type DeliveryView, type SettingListItem, type SettingView } from '@weir/contract';
import { formatNumber } from '../../lib/format.ts';
import { dollarsText } from './cost-state.ts';
import { nameOf } from './form-state.ts';

/** The names of a setting's destinations as a person knows them; empty where there is none of that type. */
export function targetsOf({ destinations }: Pick<SettingView, 'destinations'>): Record<DeliveryView['type'], string> {
  const { storage, eventHub, logAnalytics, splunk, elastic, webhook } = destinations;
  return {
    storage: storage ? nameOf(storage.storageAccountId) : '',
    eventHub: eventHub
      ? [/namespaces\/([^/]+)/i.exec(eventHub.authorizationRuleId)?.[1], eventHub.eventHubName].filter(Boolean).join(' / ')
      : '',
    logAnalytics: logAnalytics ? nameOf(logAnalytics.workspaceId) : '',
    splunk: splunk ? [new URL(splunk.url).host, splunk.index].filter(Boolean).join(' / ') : '',
    elastic: elastic ? `${new URL(elastic.url).host} / ${elastic.index}` : '',
    webhook: webhook ? new URL(webhook.url).host : '',
  };
}

/** What the list shows of a setting, over all its deliveries. `others` fare as badly as `urgent` does. */
export function figuresOf(deliveries: readonly DeliveryView[]) {
  const worst = mostUrgent(deliveries);
  // Some categories bring a record once a day, or never: what arrives says how the setting fares.
  const urgent = (worst?.status === 'Waiting for first record' && deliveries.find((d) => d.status === 'Healthy')) || worst;
  const last = deliveries
    .flatMap((d) => (d.lastDeliveredAt === null ? [] : [d.lastDeliveredAt]))
    .toSorted()
    .at(-1);
  const sum = (of: (d: DeliveryView) => number) => deliveries.reduce((total, d) => total + of(d), 0);
  return {
    urgent,
    others: deliveries.filter((d) => d !== urgent && d.status === urgent?.status).length,
    lagMs: Math.max(0, ...deliveries.map((d) => d.lagMs)),
    lastDeliveredAt: last ?? null,
    waiting: sum((d) => d.waiting),
    quarantined: sum((d) => d.quarantined),
  };
}

/** `3 s`, `12 min`, `5 h`, `2 days`: for how long the oldest record waits. */
export function lagText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}

/** The sparkline in words. */
export function rateText({ recordsPerMinute: minutes }: Pick<SettingListItem, 'recordsPerMinute'>): string {
  const total = minutes.reduce((sum, n) => sum + n, 0);
  if (total === 0) return 'No record was delivered in the last hour.';
  return `${formatNumber(total)} records delivered in the last hour, at most ${formatNumber(Math.max(...minutes))} in a minute.`;
}

/** What a month costs, and what of it is not in the sum. */
export function costText({ dollars, unmeasured, unpriced }: SettingListItem['cost']): { amount: string; note: string } {
  const without = [...unmeasured, ...unpriced.map((type) => destinationNames[type])];
  if (dollars === null)
    return { amount: 'Not known', note: unmeasured.length > 0 ? 'No record was collected yet.' : 'Its receiver charges for it.' };
  return { amount: dollarsText(dollars), note: without.length > 0 ? `without ${without.join(', ')}` : '' };
}

/** A name that no setting has yet, for a copy: `Archive copy`, `Archive copy 2`. At most 260 characters, as Azure allows. */
export function copyName(name: string, taken: readonly string[]): string {
  const used = new Set(taken.map((t) => t.toLowerCase()));
  for (let n = 1; ; n += 1) {
    const end = n === 1 ? ' copy' : ` copy ${n}`;
    const candidate = `${name.slice(0, 260 - end.length).trimEnd()}${end}`;
    if (!used.has(candidate.toLowerCase())) return candidate;
  }
}
