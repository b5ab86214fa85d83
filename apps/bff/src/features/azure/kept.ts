/** For so long what a person saw in Azure is taken from memory: a picker asks with every few letters. */
export const KEPT_MS = 30_000;
const MAX_KEPT = 2_000;

/** Answers of Azure, kept for a moment by who asked. What failed is not kept. */
export class Kept {
  readonly #answers = new Map<string, { until: number; answer: Promise<unknown> }>();
  readonly #now: () => number;
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /** The kept answer, or the one of `ask`. */
  get<T>(key: string, ask: () => Promise<T>): Promise<T> {
    const found = this.#answers.get(key);
    if (found && found.until > this.#now()) return found.answer as Promise<T>;
    // All live equally long, so the oldest stand first.
    for (const [old, { until }] of this.#answers) {
      if (until > this.#now() && this.#answers.size < MAX_KEPT) break;
      this.#answers.delete(old);
    }
    const answer = ask();
    this.#answers.delete(key);
    this.#answers.set(key, { until: this.#now() + KEPT_MS, answer });
    answer.catch(() => this.#answers.delete(key));
    return answer;
  }
  /** Forgets what begins so. */
  forget(prefix: string): void {
    for (const key of this.#answers.keys()) if (key.startsWith(prefix)) this.#answers.delete(key);
  }
}
