import { regions } from './price-list.ts';

/** US dollars in one region. */
export interface RegionPrices {
  /** As Azure names the region in its resources, such as `westus`. */
  readonly region: string;
  readonly label: string;
  /** The day that this entry was written or compared with its source last, and what that is. */
  readonly asOf: string;
  readonly source: string;
  readonly storageGigabyteMonth: number;
  readonly storageTenThousandWrites: number;
  readonly throughputUnitHour: number;
  /** A million billed events, each of 64 KB at most. */
  readonly millionEvents: number;
  /** A gigabyte taken into a workspace. */
  readonly workspaceGigabyte: number;
}

/** West US, the region of Microsoft's tables. */
export const defaultPrices: RegionPrices = regions[0];
/** The prices of a region; of the default region when none are known. */
export const pricesOf = (region: string | undefined): RegionPrices => regions.find((r) => r.region === region) ?? defaultPrices;
export { regions };
