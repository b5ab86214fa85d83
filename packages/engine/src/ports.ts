import type { Batching, DestinationTargets, DestinationType, NewRecord } from '@weir/contract';
import type { Fault, LogRecord, Place, Prepared } from './types.ts';

/** A delivery under lease. Every write passes `token`; a lease that was taken over makes it throw `LeaseLost`. */
export interface DeliveryLease {
  readonly deliveryId: string;
  readonly token: string;
  readonly tenantId: string;
  readonly settingName: string;
  readonly provider: string;
  readonly category: string;
  readonly type: DestinationType;
  readonly target: DestinationTargets[DestinationType];
  /** Changes whenever the destination's target or one of its secrets changes: an opened destination is kept only while it stays the same. */
  readonly destinationId: string;
  readonly checkpoint: number;
  /** Failed attempts since the last success. */
  readonly attempts: number;
  /** How long ago the last batch was acknowledged, in ms, when it was claimed: by the database's clock, as every time of a delivery, because this process's may be wrong. Null: never, or after a moment that its clock says is still to come. */
  readonly sinceDeliveredMs: number | null;
  readonly openBatch: OpenBatch | null;
  /** The version of the setting's shape that this lease cuts with: the open batch's own, else the newest. Null: every record goes as it is. */
  readonly shapeId: string | null;
  /** Whether the setting has another shape by now: what is cut next goes by that one. */
  readonly shapeIsOld: boolean;
  /** What the setting says about batches for this destination. */
  readonly batching: Batching | null;
  /** Of a replay: its own id. */
  readonly replayId?: string;
}
export interface OpenBatch {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly prepared: Prepared | null;
  readonly createdAt: Date;
}
/** Records that are written down before they are sent. */
export type Written = Pick<OpenBatch, 'firstSeq' | 'lastSeq' | 'prepared'>;
/** A batch that a destination took. */
export interface Acknowledged {
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly records: number;
  /** Records of the range that the condition left out. */
  readonly filtered: number;
  readonly bytes: number;
  readonly place: Place | Readonly<Record<string, string | number>>;
  /** SHA-256 of the bytes that were sent. */
  readonly digest?: Buffer | undefined;
  /** What the destination said, at most 200 characters. */
  readonly answer?: string | undefined;
  /** How many it took, the last one included. */
  readonly attempts?: number;
  /** From the moment it was begun to its answer. */
  readonly durationMs: number;
}
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** Consecutive records of the log as a delivery's shape lets them out. */
export interface Cut {
  /** Those that go. */
  readonly records: readonly LogRecord[];
  /** The last record that was looked at; those after `records` up to it were filtered out. As before when nothing was there. */
  readonly through: number;
  /** So many were looked at that the cut ended, although more of the log is there. */
  readonly more: boolean;
  /** Frees the bytes of the records: their bodies are empty afterwards. For when nobody reads them any more; else the collector finds them. */
  readonly giveBack?: () => void;
}

export type FailureKind = 'retry' | 'stale' | 'too_large' | 'rejected' | 'misconfigured';

/** What the delivery step needs of the store. Each method is one transaction. */
export interface DeliveryStore {
  /**
   * Takes up to `limit` deliveries that are due: not paused, not deleted, lease free or expired, next attempt reached,
   * and with a batch open or records after the checkpoint. Longest waiting first. Of those that failed last time at most
   * `failing` are taken: destinations that hang must leave room for those that work. With other workers alive, no more than
   * an even share.
   */
  claim(worker: string, leaseMs: number, limit: number, failing?: number): Promise<DeliveryLease[]>;
  /** Extends the lease. Throws LeaseLost. */
  renew(lease: DeliveryLease, leaseMs: number): Promise<void>;
  /** Gives the lease back; with `waitMs` the delivery is not due again earlier. */
  release(lease: DeliveryLease, waitMs?: number): Promise<void>;
  /**
   * What comes after `afterSeq` (up to `upTo`) in the lease's shape, ended by count or bytes of what goes, or by how many were
   * looked at (never with `upTo`). Looks at one record at least when there is any.
   */
  read(
    lease: DeliveryLease,
    afterSeq: number,
    bounds: { maxRecords: number; maxBytes: number; recordOverheadBytes: number; upTo?: number },
  ): Promise<Cut>;
  /** Writes the batch down (or over the open one, with the same first record) and its shape. Throws LeaseLost, also when a batch that is new has a shape that is old by now. */
  writeBatch(lease: DeliveryLease, batch: Written): Promise<void>;
  /**
   * Writes down more records behind those of the open batch, which travel: `whole` is all of them. Throws LeaseLost where a new
   * batch could not be begun either. A store without it has each batch arrive before the next is begun.
   */
  extendBatch?(lease: DeliveryLease, whole: Written): Promise<void>;
  /**
   * One transaction for consecutive batches that arrived: checkpoint := the last one's lastSeq by compare-and-set, batches gone,
   * counts kept, a row in the delivery ledger for each, attempts 0.
   * `next` is written down in the same transaction where a new batch could be begun: answers whether it was. Else what is open is
   * `travelling`, which was written down before and is on its way. Throws LeaseLost.
   */
  accepted(lease: DeliveryLease, batches: readonly Acknowledged[], next?: Written | null, travelling?: Written | null): Promise<boolean>;
  /** A range of which nothing goes: checkpoint := lastSeq by compare-and-set, counted and in the ledger, nothing sent. Throws LeaseLost as `writeBatch` does. */
  passed(lease: DeliveryLease, range: { firstSeq: number; lastSeq: number }): Promise<void>;
  /** Keeps batch and checkpoint; notes the fault and when to try again. Throws LeaseLost. */
  failed(lease: DeliveryLease, failure: { kind: FailureKind; fault: Fault; waitMs: number; attempts: number }): Promise<void>;
  /** One transaction: the record is kept in quarantine with its reason, checkpoint := seq, batch gone. Throws LeaseLost. */
  quarantine(lease: DeliveryLease, record: LogRecord, fault: Fault): Promise<void>;
}

/** Facts from which a delivery's status is derived at read time. */
export interface DeliveryFacts {
  readonly paused: boolean;
  /** Who paused it and why, where somebody said so. */
  readonly pause?: { readonly by: string; readonly reason: string | null } | null;
  readonly createdAt: Date;
  readonly checkpoint: number;
  /** Last seq in the category's log. */
  readonly head: number;
  readonly attempts: number;
  readonly lastAttemptAt: Date | null;
  /** Not tried before: the back-off, or what the destination asked for. */
  readonly nextAttemptAt: Date | null;
  readonly lastDeliveredAt: Date | null;
  readonly lastFailure: { readonly kind: FailureKind; readonly fault: Fault; readonly at: Date } | null;
  /** When the oldest waiting record was appended. */
  readonly oldestWaitingAt: Date | null;
  readonly delivered: number;
  /** Left out by the setting's condition. */
  readonly filtered: number;
  readonly quarantined: number;
}

// ------------------------------------------------------------------ sources

/** A time span that a source must cover. `from` is included, `to` is not. UTC. */
export interface SourceWindow {
  readonly id: string;
  readonly tenantId: string;
  readonly source: string;
  readonly from: Date;
  readonly to: Date;
  readonly kind: 'live' | 'history' | 'reconcile';
  readonly attempts: number;
  readonly token: string;
}
export interface PlannedWindow {
  readonly from: Date;
  readonly to: Date;
  readonly kind: SourceWindow['kind'];
  readonly notBefore: Date;
}

/** What planning must know of a source's windows of the last days. */
export interface KnownWindows {
  /** From the start of the first live window to the end of the last, and whether one of them is not read yet. Null: there is none. */
  readonly live: { readonly from: Date; readonly to: Date; readonly open: boolean } | null;
  /** Where windows that read a closed day again start. */
  readonly reconciled: readonly Date[];
}

export interface SourceLedger {
  /** What the planner must know of windows that are not older than `since`, and of the last live one, for each of these sources in each of these tenants. */
  known(
    tenantIds: readonly string[],
    sources: readonly string[],
    since: Date,
  ): Promise<{ tenantId: string; source: string; windows: KnownWindows }[]>;
  /** Adds windows; one that stands there already (same source, kind, from, to) is left alone. */
  plan(tenantId: string, source: string, category: string, windows: readonly PlannedWindow[]): Promise<number>;
  /** Takes due windows under a lease: newest `live` first, then newest `history`. */
  claimWindow(worker: string, leaseMs: number, sources: readonly string[]): Promise<SourceWindow | null>;
  renewWindow(window: SourceWindow, leaseMs: number): Promise<void>;
  /** Marks it done. Throws LeaseLost. */
  windowDone(window: SourceWindow, counts: { records: number; accepted: number }): Promise<void>;
  /**
   * Notes the error and when to try again. `of: 'source'`: the other windows of this source in this tenant wait as long at least;
   * those that were not tried yet, only until one that failed is read. Throws LeaseLost.
   */
  windowFailed(window: SourceWindow, error: string, waitMs: number, of?: SourceFault['of']): Promise<void>;
}

/** Appends to the log. Idempotent on (tenant, category, id): a record that is there already counts as a duplicate. */
export interface RecordLog {
  append(tenantId: string, records: readonly NewRecord[]): Promise<{ accepted: number; duplicates: number }>;
}

/** A source reads records of a time span, page by page. Throws `SourceFault` when it cannot. */
export interface Source {
  /** e.g. `graph.auditEvents`. */
  readonly id: string;
  readonly category: string;
  /** How far back the service keeps records, in days. */
  readonly historyDays: number;
  read(tenantId: string, from: Date, to: Date, signal: AbortSignal): AsyncIterable<NewRecord[]>;
}
/**
 * A source could not answer. `retryAfterMs` is what the service asked for. `of: 'source'`: nobody answers at all, or the engine may
 * not read there, so that asking for other windows is of no use either.
 */
export class SourceFault extends Error {
  override readonly name = 'SourceFault';
  readonly retryAfterMs: number | undefined;
  readonly of: 'window' | 'source';
  constructor(message: string, retryAfterMs?: number, of: 'window' | 'source' = 'window') {
    super(message);
    this.retryAfterMs = retryAfterMs;
    this.of = of;
  }
}
