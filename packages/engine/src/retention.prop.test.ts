import fc from 'fast-check';
import { expect, test } from 'vitest';
import { daysFor, keepUntil, longerOf, retain, type BlobFacts, type DueBlob, type RetentionPolicy, type RetentionStore } from './index.ts';

// Whole lives of an archive in simulated time: settings change, records arrive, holds come and go, the account refuses now and
// then, the database's clock jumps. What is compared at the end is each record's own policy, kept apart from the code under test.
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MARGIN = 5 * 60_000;
const START = Date.UTC(2026, 0, 1);

interface Entry {
  /** When its own policy lets it go; null is never. */
  until: number | null;
  setting: number;
}
interface Archived {
  keepUntil: Date | null;
  days: number;
  length: number;
  settings: Set<number>;
  entries: Entry[];
  modified: number;
  retryAt: number;
}

class Life {
  now = START;
  /** The database's clock minus the true one. */
  skew = 0;
  readonly blobs = new Map<string, Archived>();
  readonly policies: RetentionPolicy[][] = [[{ afterSeq: 0, days: 1 }], [{ afterSeq: 0, days: 2 }]];
  readonly held = [false, false];
  refusing = false;
  seq = 0;
  readonly deleted: { name: string; at: number; blob: Archived; held: boolean }[] = [];
  readonly outages: { from: number; to: number }[] = [];

  get database(): number {
    return this.now + this.skew;
  }
  change(setting: number, days: number): void {
    const list = this.policies[setting]!;
    if (list.at(-1)!.afterSeq === this.seq) list.pop();
    list.push({ afterSeq: list.length === 0 ? 0 : this.seq, days });
  }
  /** Records collected now, and archived in the blob of the hour. */
  append(setting: number, count: number): void {
    const first = this.seq + 1;
    this.seq += count;
    const name = `h${Math.floor(this.now / HOUR)}`;
    const days = daysFor(this.policies[setting]!, first, this.seq);
    const until = keepUntil(new Date(this.database), days);
    const own = this.policies[setting]!.at(-1)!.days;
    const blob: Archived = this.blobs.get(name) ?? {
      keepUntil: new Date(0),
      days: 0,
      length: 0,
      settings: new Set(),
      entries: [],
      modified: 0,
      retryAt: 0,
    };
    blob.keepUntil = longerOf(blob.keepUntil, until);
    blob.days = Math.max(blob.days, days ?? 0);
    blob.length += count;
    blob.settings.add(setting);
    blob.modified = this.now;
    for (let i = 0; i < count; i += 1) blob.entries.push({ until: own === 0 ? null : this.now + own * DAY, setting });
    this.blobs.set(name, blob);
  }
  isHeld(blob: Archived): boolean {
    return [...blob.settings].some((s) => this.held[s]);
  }
  store(): RetentionStore {
    const due = (b: Archived) => b.keepUntil !== null && b.keepUntil.getTime() < this.database - MARGIN && !this.isHeld(b);
    return {
      claimDue: async (limit) =>
        [...this.blobs]
          .filter(([, b]) => due(b) && b.retryAt <= this.database)
          .slice(0, limit)
          .map(([blob]): DueBlob => ({ id: 0, tenantId: 't', accountId: 'a', container: 'c', blob, attempts: 0 })),
      settle: async ({ blob: name }, _margin, erase) => {
        const blob = this.blobs.get(name);
        if (!blob || !due(blob)) return { kind: 'not-due' };
        const outcome = await erase(blob as BlobFacts);
        if (outcome.kind === 'deleted') {
          this.deleted.push({ name, at: this.now, blob, held: this.isHeld(blob) });
          this.blobs.delete(name);
        }
        return outcome;
      },
      postpone: async ({ blob }, { waitMs }) => void (this.blobs.get(blob)!.retryAt = this.database + waitMs),
    };
  }
  async sweep(): Promise<void> {
    const remover = {
      look: async (_c: string, name: string) => {
        if (this.refusing) return { kind: 'retry' as const, fault: { code: 'ServerBusy', message: 'busy', remedy: null } };
        const { length, modified } = this.blobs.get(name)!;
        return { kind: 'found' as const, etag: String(modified), length, lastModified: new Date(modified), now: new Date(this.now) };
      },
      remove: async () => ({ kind: 'deleted' as const }),
    };
    await retain(this.store(), async () => ({ kind: 'open', remover }), {
      limit: 1000,
      marginMs: MARGIN,
      timeoutMs: 1e6,
      signal: new AbortController().signal,
    });
  }
}

type Step =
  | { do: 'append'; setting: number; count: number }
  | { do: 'change'; setting: number; days: number }
  | { do: 'hold'; setting: number; on: boolean }
  | { do: 'refuse'; on: boolean }
  | { do: 'jump'; hours: number }
  | { do: 'wait'; minutes: number };
const setting = fc.integer({ min: 0, max: 1 });
const step = (jumps: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant('append' as const), setting, count: fc.integer({ min: 1, max: 5 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('change' as const), setting, days: fc.constantFrom(0, 1, 1, 2, 3) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('hold' as const), setting, on: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('refuse' as const), on: fc.boolean() }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.constantFrom(1, 7, 30, 61, 600, 1500) }) },
    ...(jumps
      ? [{ weight: 1, arbitrary: fc.record({ do: fc.constant('jump' as const), hours: fc.integer({ min: -900, max: 900 }) }) }]
      : []),
  );

async function live(steps: readonly Step[], each: (life: Life) => void): Promise<Life> {
  const life = new Life();
  for (const s of steps) {
    if (s.do === 'append') life.append(s.setting, s.count);
    else if (s.do === 'change') life.change(s.setting, s.days);
    else if (s.do === 'hold') life.held[s.setting] = s.on;
    else if (s.do === 'refuse') life.refusing = s.on;
    else if (s.do === 'jump') life.skew = s.hours * HOUR;
    else
      for (let minutes = s.minutes; minutes > 0; minutes -= 30) {
        life.now += Math.min(30, minutes) * 60_000;
        await life.sweep();
        each(life);
      }
  }
  return life;
}
/** The latest end among a blob's records; null is never. */
const endOf = (b: Archived): number | null =>
  b.entries.some((e) => e.until === null) ? null : Math.max(...b.entries.map((e) => e.until!));
const early = (life: Life) =>
  life.deleted.filter(({ at, blob, held }) => held || endOf(blob) === null || at < endOf(blob)!).map(({ name }) => name);

test('no blob goes before the longest of its records, and none outlives it by more than a day and an hour unless it is held or the account refuses', async () => {
  let deletions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step(false), { minLength: 5, maxLength: 40 }), async (steps) => {
      let free = START;
      const life = await live(steps, (now) => {
        // The bound counts from when nothing stood in the way any more.
        if (now.refusing || now.held.some(Boolean)) free = now.now;
        for (const blob of now.blobs.values()) {
          const end = endOf(blob);
          if (end !== null) expect(now.now).toBeLessThanOrEqual(Math.max(end, free) + DAY + HOUR);
        }
      });
      expect(early(life)).toEqual([]);
      deletions += life.deleted.length;
    }),
    { numRuns: 400 },
  );
  expect(deletions).toBeGreaterThan(10);
});

test('a clock of the database that jumps either way deletes nothing early', async () => {
  let deletions = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step(true), { minLength: 5, maxLength: 40 }), async (steps) => {
      const life = await live(steps, () => {});
      expect(early(life)).toEqual([]);
      deletions += life.deleted.length;
    }),
    { numRuns: 400 },
  );
  expect(deletions).toBeGreaterThan(10);
});

test('days belong to sequence numbers: a batch across a change keeps the longer, 0 is forever, and before the first policy the first one holds', () => {
  const policies = [
    { afterSeq: 10, days: 30 },
    { afterSeq: 20, days: 7 },
    { afterSeq: 30, days: 0 },
  ];
  expect([daysFor(policies, 1, 5), daysFor(policies, 15, 20), daysFor(policies, 20, 21), daysFor(policies, 21, 30)]).toEqual([
    30, 30, 30, 7,
  ]);
  expect([daysFor(policies, 21, 31), daysFor(policies, 31, 99), daysFor([], 1, 1)]).toEqual([null, null, null]);
});
