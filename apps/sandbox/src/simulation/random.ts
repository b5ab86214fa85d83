/** Choices that repeat for the same seed. */
export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number;
  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number;
  chance(probability: number): boolean;
  pick<T>(list: readonly T[]): T;
  /** One of the list, which must not change; a weight of 2 is twice as likely as 1. */
  weighted<T extends { readonly weight: number }>(list: readonly T[]): T;
  /** A version 4 GUID. */
  guid(): string;
}

/** Mulberry32: 32 bits of state, quick, and good enough for looks. https://github.com/bryc/code/blob/master/jshash/PRNGs.md */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const totals = new WeakMap<readonly unknown[], number>();
  const bits = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  const next = () => bits() / 0x1_0000_0000;
  const hex = () => bits().toString(16).padStart(8, '0');
  return {
    next,
    int: (from, to) => from + Math.floor(next() * (to - from + 1)),
    chance: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)]!,
    weighted: (list) => {
      let total = totals.get(list);
      if (total === undefined) totals.set(list, (total = list.reduce((sum, item) => sum + item.weight, 0)));
      let left = next() * total;
      for (const item of list) if ((left -= item.weight) < 0) return item;
      return list.at(-1)!;
    },
    guid: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()];
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${'89ab'[Number.parseInt(c[0]!, 16) & 3]}${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}

/** A seed for each name, so that one tenant's world does not move when another is added. */
export function seedOf(seed: number, name: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const c of name) hash = Math.imul(hash ^ c.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
