import {
  defaultPrices,
  destinationTypes,
  endpoints,
  estimateMonth,
  isPartner,
  volumesOfDays,
  type SettingListItem,
  type Volumes,
} from '@weir/contract';
import type { Store, StoredSetting } from '../../ports.ts';

const DAY_MS = 86_400_000;

/** What each category of a log provider brought the directory in the last 30 days. */
export async function measuredVolume(store: Store, tenantId: string, provider: string, now: Date) {
  const at = now.getTime();
  const measured = await store.forDirectory(tenantId).volume(provider, new Date(at - endpoints.settings.VOLUME_DAYS * DAY_MS));
  return measured.map(({ category, records, since, bytesPerRecord }) => ({
    category,
    records,
    days: Math.max(1, (at - since.getTime()) / DAY_MS),
    bytesPerRecord,
  }));
}

/** What settings cost in a month: the volumes are asked for once. */
export async function costsOf(store: Store, tenantId: string, provider: string, now: Date) {
  const volumes = volumesOfDays(await measuredVolume(store, tenantId, provider, now));
  return (setting: StoredSetting): SettingListItem['cost'] => costOf(setting, volumes);
}

function costOf(setting: Pick<StoredSetting, 'categories' | 'destinations' | 'batching'>, volumes: Volumes): SettingListItem['cost'] {
  const { lines, fixed, unknown, dollars } = estimateMonth(setting, volumes, defaultPrices);
  const known = fixed.length > 0 || lines.some((line) => line.dollars !== null);
  return {
    dollars: known ? dollars : null,
    unmeasured: [...unknown],
    unpriced: destinationTypes.filter((type) => isPartner(type) && setting.destinations[type] !== undefined),
    prices: `${defaultPrices.label}, ${defaultPrices.asOf}`,
  };
}
