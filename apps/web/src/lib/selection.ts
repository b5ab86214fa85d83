/** Rows that are chosen, kept outside of React: a row listens for itself alone, so one click draws one row. */
export class Selection<Row> {
  readonly #chosen = new Map<string, Row>();
  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #all = new Set<() => void>();
  #snapshot: readonly Row[] = [];

  has(id: string): boolean {
    return this.#chosen.has(id);
  }
  get size(): number {
    return this.#chosen.size;
  }
  /** In the order of choosing; the same array until something changes. */
  get rows(): readonly Row[] {
    return this.#snapshot;
  }
  /** Chooses rows, or takes them out. */
  set(rows: readonly (readonly [id: string, row: Row])[], chosen: boolean): void {
    const changed = rows.filter(([id]) => this.#chosen.has(id) !== chosen);
    for (const [id, row] of changed) {
      if (chosen) this.#chosen.set(id, row);
      else this.#chosen.delete(id);
    }
    this.#tell(changed.map(([id]) => id));
  }
  clear(): void {
    const ids = [...this.#chosen.keys()];
    this.#chosen.clear();
    this.#tell(ids);
  }
  /** Calls back when that row is chosen or taken out, or with null whenever anything is. Gives back how to stop it. */
  subscribe(id: string | null, listener: () => void): () => void {
    const listeners = id === null ? this.#all : (this.#listeners.get(id) ?? new Set());
    if (id !== null) this.#listeners.set(id, listeners);
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (id !== null && listeners.size === 0) this.#listeners.delete(id);
    };
  }
  #tell(ids: readonly string[]): void {
    if (ids.length === 0) return;
    this.#snapshot = [...this.#chosen.values()];
    for (const id of ids) for (const listener of this.#listeners.get(id) ?? []) listener();
    for (const listener of this.#all) listener();
  }
}
