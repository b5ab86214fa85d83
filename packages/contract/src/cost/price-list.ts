import type { RegionPrices } from './prices.ts';

/**
 * The prices that estimates are made with: data, one entry a region, the first is the default. To add a region or to refresh one, read
 * Azure's price sheet (https://learn.microsoft.com/rest/api/cost-management/retail-prices/azure-retail-prices), fill in an entry, and
 * say when and where it was read. A price that nobody has read does not stand here: an estimate for the wrong region is worse than none.
 */
export const regions: readonly [RegionPrices, ...RegionPrices[]] = [
  {
    region: 'westus',
    label: 'West US',
    asOf: '2026-11-21',
    source:
      "Storage and event hub: the prices behind the cost tables in Intune's documentation (general-purpose v2 storage, basic event hub; the tables do not name them, these give their figures). Log Analytics: the commonly quoted pay-as-you-go list price, 2.30 a GB. Compare with Azure's price sheet before you rely on it.",
    storageGigabyteMonth: 0.0208,
    storageTenThousandWrites: 0.055,
    throughputUnitHour: 0.015,
    millionEvents: 0.028,
    workspaceGigabyte: 2.3,
  },
];
