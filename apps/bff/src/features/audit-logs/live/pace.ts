/** Lets at most `limit` things pass within any second. */
export class Pace {
  readonly #limit: number;
  /** When the last ones passed, in the order of a ring. */
  readonly #passed: number[];
  #at = 0;
  constructor(limit: number) {
    this.#limit = limit;
    this.#passed = Array.from({ length: limit }, () => Number.NEGATIVE_INFINITY);
  }

  /** How many of `wanted` may pass now; they count as passed. `now` in milliseconds, never going back. */
  take(wanted: number, now: number): number {
    let n = 0;
    while (n < wanted && this.wait(now) === 0) {
      this.#passed[this.#at] = now;
      this.#at = (this.#at + 1) % this.#limit;
      n += 1;
    }
    return n;
  }

  /** Milliseconds until the next may pass. */
  wait(now: number): number {
    return Math.max(0, this.#passed[this.#at]! + 1_000 - now);
  }
}
