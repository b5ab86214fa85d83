/** Steps that one comparison may take: some tens of milliseconds. */
export const STEPS = 2_000_000;

/**
 * Counts the work of a comparison. What it cannot afford is compared in a coarser way, so that no input takes long.
 * One meter may be shared by several comparisons: together they then stay within its steps.
 */
export class Meter {
  readonly limit: number;
  #spent = 0;
  constructor(limit: number = STEPS) {
    this.limit = limit;
  }
  /** Steps so far; it passes the limit by one charge at most. */
  get spent(): number {
    return this.#spent;
  }
  /** Charges some steps. False: there were none left, and the work must not be done. */
  spend(steps: number): boolean {
    if (this.#spent >= this.limit) return false;
    this.#spent += steps;
    return true;
  }
}
