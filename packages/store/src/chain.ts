import { createHash } from 'node:crypto';
import { categoryId } from '@weir/contract';
import { noFindings, note, type Findings, type VerifyReport } from '@weir/engine';
import type pg from 'pg';
import { transaction, type Queryable } from './database.ts';

/** Records of one link of the backlog: few enough that an append waits for milliseconds only. */
const LINK = 2_000;
/** Records, about, whose digests are held at a time while a log is verified. */
const STEP = 5_000;
const LINKS = 1_000;
const SIZE = 32;

/**
 * Chains records that were appended before there was a chain, one link in each transaction; goes on where it, or another
 * process, stopped. Records that are appended meanwhile to such a log are chained with them. Returns how many links it added.
 */
export async function chainBacklog(pool: pg.Pool, signal?: AbortSignal): Promise<number> {
  for (let links = 0; ; links += 1) {
    const more =
      !signal?.aborted &&
      (await transaction(pool, async (db) => {
        const { rows } = await db.query<{ tenant_id: string; category: number; seq: number }>(
          'select tenant_id, category, seq from head where digest is null and seq > 0 limit 1 for update skip locked',
        );
        const head = rows[0];
        if (!head) return false;
        const log = [head.tenant_id, head.category];
        const last = await db.query<{ last_seq: number; digest: Buffer }>(
          'select last_seq, digest from chain where tenant_id = $1 and category = $2 order by last_seq desc limit 1',
          log,
        );
        const done = last.rows[0]?.last_seq ?? 0;
        const end = Math.min(head.seq, done + LINK);
        const made = await db.query<{ digest: Buffer }>(
          'select chain_link($1, $2::smallint, $3, $4, coalesce($5, chain_origin($1, $2::smallint))) as digest',
          [...log, done + 1, end, last.rows[0]?.digest ?? null],
        );
        if (end === head.seq)
          await db.query('update head set digest = $3 where tenant_id = $1 and category = $2', [...log, made.rows[0]!.digest]);
        return true;
      }));
    if (!more) return links;
  }
}

/** The end of a log's chain: whoever keeps it elsewhere can later prove that nothing up to there was changed. */
export interface ChainHead {
  readonly provider: string;
  readonly category: string;
  readonly seq: number;
  /** Hexadecimal; null while records from before the chain are still being chained. */
  readonly digest: string | null;
}
/** The chains of a tenant's logs. */
export async function chainHeads(db: Queryable, tenantId: string): Promise<ChainHead[]> {
  const { rows } = await db.query<{ provider: string; name: string; seq: number; digest: Buffer | null }>(
    'select c.provider, c.name, h.seq, h.digest from head h join category c on c.id = h.category where h.tenant_id = $1 and h.seq > 0 order by c.provider, c.id',
    [tenantId],
  );
  return rows.map((r) => ({ provider: r.provider, category: r.name, seq: r.seq, digest: r.digest?.toString('hex') ?? null }));
}

/** How far a verification of a log is; JSON. */
export interface ChainProgress {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly startedAt: string;
  /** Everything up to here was compared. */
  done: number;
  records: number;
  links: number;
  /** Records that retention removed. */
  removed?: number;
  findings: Findings;
}
export interface ChainVerification {
  readonly tenantId: string;
  readonly provider: string;
  readonly category: string;
  readonly range?: { firstSeq?: number | undefined; lastSeq?: number | undefined };
  /** A head that was kept elsewhere: the chain must have had it. */
  readonly expected?: { seq: number; digest: string } | undefined;
  readonly resume?: ChainProgress | undefined;
  /** Called after each step; false stops, and the answer is null. */
  readonly onStep?: (progress: ChainProgress) => Promise<boolean>;
}
interface Link extends Record<string, unknown> {
  first_seq: number;
  last_seq: number;
  previous: Buffer;
  digests: Buffer;
  digest: Buffer;
}

/**
 * Recomputes a log's chain from its bodies, in steps of constant memory, and names each record that was altered, removed or
 * inserted, and each link that does not fit the one before. A range is widened to whole links. Null when `onStep` stopped it.
 */
export async function verifyChain(db: Queryable, options: ChainVerification): Promise<VerifyReport | null> {
  const { tenantId, provider, category } = options;
  const found = await db.query<{ category: number; seq: number; digest: Buffer | null }>(
    'select h.category, h.seq, h.digest from head h join category c on c.id = h.category where h.tenant_id = $1 and c.provider = $2 and c.name = $3',
    [tenantId, provider, category],
  );
  const head = found.rows[0] ?? { category: 0, seq: 0, digest: null };
  const log = [tenantId, head.category] as const;
  const chained = (
    await db.query<{ last: number | null }>(
      'select max(last_seq) as last from chain where tenant_id = $1 and category = $2 and last_seq <= $3',
      [...log, head.seq],
    )
  ).rows[0]!.last;
  const whole = options.range?.lastSeq === undefined || options.range.lastSeq >= head.seq;
  const progress: ChainProgress = options.resume ?? {
    firstSeq: options.range?.firstSeq ?? 1,
    lastSeq: Math.min(head.digest ? head.seq : (chained ?? 0), options.range?.lastSeq ?? head.seq),
    startedAt: new Date().toISOString(),
    done: (options.range?.firstSeq ?? 1) - 1,
    records: 0,
    links: 0,
    findings: noFindings(),
  };
  const check = new ChainCheck(db, log, progress);
  while (progress.done < progress.lastSeq) {
    if (!(await check.step())) break;
    if (options.onStep && !(await options.onStep(progress))) return null;
  }
  // Each was read from one snapshot: what is appended meanwhile comes behind it.
  if (whole && head.digest) await check.end(head.seq, head.digest);
  if (options.expected) await check.expected(options.expected);
  await check.ids();
  const { findings } = progress;
  const notes = [
    ...(!head.digest && head.seq > 0 ? [`Records after ${chained ?? 0} are not chained yet.`] : []),
    ...(progress.removed ? [`Retention removed ${progress.removed} more; the chain has their digests and leads past them.`] : []),
  ];
  const some = progress.records > 0 || (progress.removed ?? 0) > 0 || Object.keys(findings.counts).length > 0;
  return {
    kind: 'log',
    tenantId,
    setting: null,
    category: categoryId(provider, category),
    firstSeq: some ? progress.firstSeq : null,
    lastSeq: some ? progress.lastSeq : null,
    records: progress.records,
    bytes: 0,
    parts: progress.links,
    repetitions: 0,
    result: Object.keys(findings.counts).length === 0 ? 'holds' : 'differs',
    faults: findings.faults,
    counts: findings.counts,
    ...(notes.length > 0 && { note: notes.join(' ') }),
    startedAt: progress.startedAt,
    durationMs: Date.now() - Date.parse(progress.startedAt),
    ...(whole && head.digest && { head: `${head.seq}:${head.digest.toString('hex')}` }),
  };
}

class ChainCheck {
  readonly #db: Queryable;
  readonly #log: readonly [string, number];
  readonly #progress: ChainProgress;
  constructor(db: Queryable, log: readonly [string, number], progress: ChainProgress) {
    this.#db = db;
    this.#log = log;
    this.#progress = progress;
  }
  #note(kind: 'altered' | 'removed' | 'inserted' | 'broken-chain', firstSeq: number, lastSeq: number, text?: string): void {
    note(this.#progress.findings, { kind, firstSeq, lastSeq, at: null, ...(text !== undefined && { note: text }) });
  }

  /** The next few links with their records. False when there are none. */
  async step(): Promise<boolean> {
    const progress = this.#progress;
    const { rows } = await this.#db.query<Link>(
      `with next as (
        select *, sum(last_seq - first_seq + 1) over (order by last_seq) - (last_seq - first_seq + 1) as before
        from (select * from chain where tenant_id = $1 and category = $2 and last_seq > $3 order by last_seq limit ${LINKS}) c
      )
      select first_seq, last_seq, previous, digests, digest from next where before < ${STEP} order by last_seq`,
      [...this.#log, progress.done],
    );
    const links = rows.filter((l) => l.first_seq <= progress.lastSeq);
    if (links.length === 0) {
      this.#note('broken-chain', progress.done + 1, progress.lastSeq, 'The chain ends before these records.');
      progress.done = progress.lastSeq;
      return false;
    }
    let previous = await this.#before(links[0]!);
    const [first, last] = [links[0]!.first_seq, links.at(-1)!.last_seq];
    // In this order: what retention removes between the two is then known to be removed.
    const stored = await this.#stored(first, last);
    const removed = await this.#removed(first, last);
    for (const link of links) {
      const at = progress.links === 0 ? Math.min(progress.done, link.first_seq - 1) : progress.done;
      if (link.first_seq !== at + 1)
        this.#note('broken-chain', at + 1, Math.max(at + 1, link.first_seq - 1), 'The chain has no link for these records.');
      else if (previous && !previous.equals(link.previous))
        this.#note('broken-chain', link.first_seq, link.last_seq, 'This link does not follow the one before it.');
      if (!digestOf(link).equals(link.digest))
        this.#note('broken-chain', link.first_seq, link.last_seq, 'The digest of this link is not that of its records.');
      this.#records(link, stored, removed);
      previous = link.digest;
      progress.done = link.last_seq;
      progress.links += 1;
    }
    return true;
  }

  /** What the first link must follow: the one before it, or the log's origin. Null when that is missing, which is named otherwise. */
  async #before(link: Link): Promise<Buffer | null> {
    const { rows } = await this.#db.query<{ digest: Buffer | null }>(
      link.first_seq === 1
        ? 'select chain_origin($1, $2::smallint) as digest, $3::bigint'
        : 'select digest from chain where tenant_id = $1 and category = $2 and last_seq = $3',
      [...this.#log, link.first_seq - 1],
    );
    return rows[0]?.digest ?? null;
  }

  async #stored(first: number, last: number): Promise<Map<number, Buffer | 'twice'>> {
    const { rows } = await this.#db.query<{ seq: number; digest: Buffer }>(
      `select seq, sha256(convert_to(body, 'UTF8')) as digest from record_body where tenant_id = $1 and category = $2 and seq between $3 and $4`,
      [...this.#log, first, last],
    );
    const stored = new Map<number, Buffer | 'twice'>();
    for (const { seq, digest } of rows) stored.set(seq, stored.has(seq) ? 'twice' : digest);
    return stored;
  }

  /** Ranges of records that retention removed, which must not be missed. */
  async #removed(first: number, last: number): Promise<(seq: number) => boolean> {
    const { rows } = await this.#db.query<{ first: number; end: number }>(
      `select lower(part) as first, upper(part) as "end" from log_removed l, unnest(l.seqs * int8multirange(int8range($3, $4, '[]'))) part
      where l.tenant_id = $1 and l.category = $2`,
      [...this.#log, first, last],
    );
    return (seq) => rows.some((r) => seq >= r.first && seq < r.end);
  }

  #records(link: Link, stored: ReadonlyMap<number, Buffer | 'twice'>, removed: (seq: number) => boolean): void {
    let gone: number | null = null;
    for (let seq = link.first_seq; seq <= link.last_seq + 1; seq += 1) {
      const there = seq > link.last_seq ? null : stored.get(seq);
      if (there === undefined && removed(seq)) {
        this.#progress.removed = (this.#progress.removed ?? 0) + 1;
        if (gone !== null) this.#note('removed', gone, seq - 1);
        gone = null;
        continue;
      }
      if (there === undefined) gone ??= seq;
      else if (gone !== null) {
        this.#note('removed', gone, seq - 1);
        gone = null;
      }
      if (!there) continue;
      const from = (seq - link.first_seq) * SIZE;
      if (there === 'twice') this.#note('inserted', seq, seq, 'There is more than one record of this number.');
      else if (!there.equals(link.digests.subarray(from, from + SIZE))) this.#note('altered', seq, seq);
      else this.#progress.records += 1;
    }
  }

  /** The chain ends where the log does, and nothing lies outside of its numbers. */
  async end(seq: number, digest: Buffer): Promise<void> {
    const last = await this.#db.query<{ digest: Buffer }>(
      'select digest from chain where tenant_id = $1 and category = $2 and last_seq = $3',
      [...this.#log, seq],
    );
    if (!last.rows[0]?.digest.equals(digest)) this.#note('broken-chain', seq, seq, 'The head of the log is not the end of its chain.');
    const { rows } = await this.#db.query<{ seq: number }>(
      `select b.seq from record_body b where b.tenant_id = $1 and b.category = $2
        and (b.seq < 1 or b.seq > (select h.seq from head h where h.tenant_id = $1 and h.category = $2)) order by 1 limit 1000`,
      [...this.#log],
    );
    for (const r of rows) this.#note('inserted', r.seq, r.seq, 'The log does not reach this number.');
  }

  async expected({ seq, digest }: { seq: number; digest: string }): Promise<void> {
    const { rows } = await this.#db.query<{ digest: Buffer }>(
      'select digest from chain where tenant_id = $1 and category = $2 and last_seq = $3',
      [...this.#log, seq],
    );
    if (rows[0]?.digest.toString('hex') !== digest.toLowerCase())
      this.#note('broken-chain', 1, seq, 'The chain up to here is not the one whose head was kept elsewhere: it was made anew.');
  }

  async ids(): Promise<void> {
    const { findings } = this.#progress;
    const single = findings.faults.filter((f) => f.kind === 'altered' || f.kind === 'inserted').map((f) => f.firstSeq);
    const { rows } = await this.#db.query<{ seq: number; id: string }>(
      'select seq, id from record_body where tenant_id = $1 and category = $2 and seq = any ($3::bigint[])',
      [...this.#log, single],
    );
    const ids = new Map(rows.map((r) => [r.seq, r.id]));
    findings.faults = findings.faults.map((f) =>
      single.includes(f.firstSeq) && f.firstSeq === f.lastSeq ? { ...f, id: ids.get(f.firstSeq!) ?? null } : f,
    );
  }
}

const digestOf = (link: Link): Buffer => {
  const bounds = Buffer.alloc(16);
  bounds.writeBigInt64BE(BigInt(link.first_seq), 0);
  bounds.writeBigInt64BE(BigInt(link.last_seq), 8);
  return createHash('sha256').update(link.previous).update(bounds).update(link.digests).digest();
};
