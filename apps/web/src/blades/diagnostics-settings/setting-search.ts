import { destinationTypes, type DestinationType } from '@weir/contract';
import { z } from 'zod';
import { asCodeSearch, type AsCodeSearch } from './as-code-search.ts';

export const settingTabs = ['overview', 'deliveries', 'quarantine', 'replay', 'changes', 'as-code'] as const;
export type SettingTab = (typeof settingTabs)[number];

/** What a setting's page shows, as it stands in the address. Without a tab: Overview. */
export interface SettingSearch extends AsCodeSearch {
  tab?: Exclude<SettingTab, 'overview'> | undefined;
  /** Only this destination; for Quarantine and Replay with the category the one delivery. */
  destination?: DestinationType | undefined;
  category?: string | undefined;
  /** How far back the charts go; without it an hour. */
  span?: 'day' | undefined;
}
const schema = z.object({
  tab: z.enum(['deliveries', 'quarantine', 'replay', 'changes', 'as-code']).optional().catch(undefined),
  destination: z.enum(destinationTypes).optional().catch(undefined),
  span: z.literal('day').optional().catch(undefined),
  category: z.string().min(1).max(100).optional().catch(undefined),
});
export const settingSearch = (search: Record<string, unknown>): SettingSearch => ({
  ...Object.fromEntries(Object.entries(schema.parse(search)).filter(([, value]) => value !== undefined)),
  ...asCodeSearch(search),
});
