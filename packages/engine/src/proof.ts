import type { DestinationTargets, DestinationType } from '@weir/contract';
import type { LogRecord, Place } from './types.ts';

/** Who asked for records to be sent again: a replay of a range, or a resend of quarantined ones. */
export interface ReplayOrigin {
  readonly id: string;
  readonly kind: 'replay' | 'resend';
  /** The person's user principal name. */
  readonly by: string;
  readonly at: Date;
}

/** One row of the delivery ledger: an acknowledged batch. */
export interface LedgerRow {
  readonly deliveryId: string;
  /** Null: the delivery's own batch. */
  readonly replay: ReplayOrigin | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** Those that were sent; 0: the condition left the whole range out, and the row has no place. */
  readonly records: number;
  /** Those that the condition left out. */
  readonly filtered: number;
  /** The version of the setting's shape that the batch was cut with; null: every record as it is. */
  readonly shapeId: string | null;
  readonly bytes: number;
  /** SHA-256 of the bytes that were sent; null for batches from before there were digests. */
  readonly digest: Buffer | null;
  /** A `Place`; rows of older versions and of types that are not read back have their own. */
  readonly place: Place | Readonly<Record<string, unknown>>;
  readonly acknowledgedAt: Date;
  readonly attempts: number;
  readonly durationMs: number;
}

/** The bytes of one batch in a blob, of whichever delivery. */
export interface BlobSegment {
  readonly deliveryId: string;
  /** Null: the delivery's own batch. */
  readonly replay: ReplayOrigin | null;
  readonly provider: string;
  readonly category: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly offset: number;
  readonly bytes: number;
  readonly digest: Buffer | null;
  /** In which version of a shape its records came. */
  readonly shapeId: string | null;
}

/** A delivery, as a verification sees it. */
export interface VerifyTarget<T extends DestinationType = DestinationType> {
  readonly deliveryId: string;
  readonly tenantId: string;
  readonly setting: string;
  readonly provider: string;
  readonly category: string;
  readonly type: T;
  readonly target: DestinationTargets[T];
  readonly sink: string;
  readonly checkpoint: number;
}

/** What verifications read from the store, for one tenant. */
export interface ProofReader {
  /** The ledger's first and last record of a delivery in a range; null when it delivered nothing of it. Replays are not in it. */
  ledgerRange(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number } | null>;
  /** First and last record of the range that replays sent again; null when there is none. */
  copyRange(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number } | null>;
  /** The ledger of the replays of a delivery, by when they were acknowledged: batches with a record of the range, from a time on. */
  copies(deliveryId: string, firstSeq: number, lastSeq: number, since: Date): AsyncIterable<LedgerRow>;
  /** The delivery's own batches that hold a record of the range, oldest first, at most 1,000. */
  ledger(deliveryId: string, range: { fromSeq?: number; toSeq?: number }): Promise<LedgerRow[]>;
  /** Batches that a replay wrote down for a blob and that were never acknowledged: they may be there, or may come. */
  unconfirmed(sink: string, container: string, blob: string): Promise<BlobSegment[]>;
  /** Records between the two that the ledger (with quarantine) has no place for, or more than one. Replays are not in it. */
  ledgerGaps(
    deliveryId: string,
    firstSeq: number,
    lastSeq: number,
  ): Promise<{ firstSeq: number; lastSeq: number; kind: 'none' | 'twice' }[]>;
  /**
   * Blobs that hold the range, in its order, and after them those that hold only copies of it, in the order they were written;
   * `deleted` by retention ones stay in the list, so that a run which goes on counts as before.
   */
  blobs(
    deliveryId: string,
    firstSeq: number,
    lastSeq: number,
  ): Promise<{ container: string; blob: string; firstSeq: number; lastSeq: number; deleted: boolean }[]>;
  /** Every batch that any delivery of the tenant, or a replay of one, put into a blob, by offset. */
  segments(sink: string, container: string, blob: string): Promise<BlobSegment[]>;
  /**
   * What comes after `afterSeq`, up to and with `upTo`, in a version of a shape, ended by bytes: what goes, and what should be in
   * the log and is not (`holes`). Looks at one record at least; `through` is `upTo` when the log has nothing more.
   */
  read(
    log: { provider: string; category: string },
    afterSeq: number,
    upTo: number,
    maxBytes: number,
    shapeId?: string | null,
  ): Promise<{ records: readonly LogRecord[]; through: number; holes: readonly number[] }>;
  /** Ranges that the condition left out, by the ledger and the versions that it names. */
  leftOut(deliveryId: string, firstSeq: number, lastSeq: number): Promise<{ firstSeq: number; lastSeq: number }[]>;
  /** Every version of the shape that the delivery's setting ever had. */
  shapes(deliveryId: string): Promise<string[]>;
  /** Sequence numbers of records whose body, as it is or as a setting masks it, has one of the SHA-256 digests (base64). Reads every body of the range. */
  findBodies(
    log: { provider: string; category: string },
    firstSeq: number,
    lastSeq: number,
    digests: readonly string[],
  ): Promise<{ digest: string; seq: number; id: string }[]>;
  /** Ids of records, for a report. */
  ids(log: { provider: string; category: string }, seqs: readonly number[]): Promise<Map<number, string>>;
  /** The first record of a delivery that was acknowledged at or after a time; null when none was. */
  firstAcknowledgedAfter(deliveryId: string, time: Date): Promise<number | null>;
  /** When the batch with this record was written down first, at the latest; null when the ledger has none. */
  sentBefore(deliveryId: string, seq: number): Promise<Date | null>;
  /** Records of a range that a delivery itself put in quarantine; a resend that brought one is in `copies`. */
  quarantined(deliveryId: string, firstSeq: number, lastSeq: number): Promise<number[]>;
  /** The last record of a log. */
  head(log: { provider: string; category: string }): Promise<number>;
  /** The first record that was appended at or after a time; one after the last when there is none. */
  seqAt(log: { provider: string; category: string }, time: Date): Promise<number>;
}
