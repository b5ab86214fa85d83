/**
 * The routing engine's words.
 *
 * record      one immutable log entry; `seq` is dense and gap-free per (tenant, category)
 * delivery    setting x category x destination; owns a checkpoint and its back-off
 * checkpoint  the last seq that the destination acknowledged
 * batch       consecutive records of one delivery; its bounds are written down before it is sent
 * quarantine  records that a destination refused for good, kept with the reason
 * lease       the right of one worker to move one delivery for a while; every write names its token
 */
import type { DestinationTargets, DestinationType } from '@weir/contract';
import type { Secrets } from './secret.ts';

/** A record as the log hands it to a delivery. */
export interface LogRecord {
  readonly seq: number;
  readonly id: string;
  /** UTC, ISO 8601. */
  readonly time: string;
  /** Azure-format body, one line of JSON without a line end, byte for byte as stored, or as its setting's shape made it. */
  readonly body: Buffer;
  /** Why the record cannot be sent whatever the destination says: what its setting masks cannot be masked. */
  readonly fault?: Fault;
}

/** Why something did not work, in words for an admin. Never holds a secret. */
export interface Fault {
  /** Azure's code where there is one (`AuthorizationFailure`), else ours (`network`). */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly remedy: string | null;
}

/** Where an acknowledged batch is. One row of the delivery ledger has one place. */
export type Place =
  /** `offset`: of the batch's first byte in the blob. */
  | { readonly kind: 'storage'; readonly account: string; readonly container: string; readonly blob: string; readonly offset: number }
  /** `partition`: "any" where the service deals messages out. `messages`: ids with the sequence range of each. */
  | {
      readonly kind: 'eventHub';
      readonly namespace: string;
      readonly hub: string;
      readonly partition: string;
      readonly messages: readonly { readonly id: string; readonly first: number; readonly last: number }[];
    }
  | { readonly kind: 'logAnalytics'; readonly endpoint: string; readonly rule: string; readonly stream: string };

/**
 * What one attempt came to. Closed: whatever a destination cannot name is `retry`.
 * - accepted       the destination acknowledged every record
 * - retry          may work later; the batch stays as it is
 * - stale          nothing of this batch was written and the prepared place no longer fits: prepare again
 * - too_large      the destination refused the size: halve
 * - rejected       refused for good because of its content: halve down to the one record
 * - misconfigured  a person must act (key, role, missing account); slow down, never drop
 */
export type DeliveryOutcome =
  | {
      readonly kind: 'accepted';
      /** A `Place`, or whatever names it for a type that is not read back. */
      readonly place: Place | Readonly<Record<string, string | number>>;
      readonly bytes: number;
      /** SHA-256 of exactly the bytes that were sent (of the bodies, one after another, where an SDK makes the bytes). */
      readonly digest?: Buffer;
      /** What the destination said, for its own support: status and ids, never a secret. One short line, `201, ETag …, request …`. */
      readonly answer?: string;
    }
  | { readonly kind: 'retry'; readonly fault: Fault; readonly retryAfterMs?: number }
  | { readonly kind: 'stale'; readonly fault: Fault }
  | { readonly kind: 'too_large'; readonly fault: Fault }
  | { readonly kind: 'rejected'; readonly fault: Fault }
  | { readonly kind: 'misconfigured'; readonly fault: Fault; readonly retryAfterMs?: number };
export type Failure = Exclude<DeliveryOutcome, { kind: 'accepted' }>;

/** What a destination wrote down before sending (JSON): blob and position, message ids … */
export type Prepared = Readonly<Record<string, unknown>>;

export interface BatchLimits {
  /** Upper bound of the sum of body bytes plus `recordOverheadBytes` for each record. */
  readonly maxBytes: number;
  readonly maxRecords: number;
  /** Framing that the destination adds to each record (a comma, a line end, columns). */
  readonly recordOverheadBytes: number;
  /** At most one batch in this time while less than a full one waits. */
  readonly intervalMs: number;
}

/** What a destination is opened for. */
export interface DeliveryIdentity {
  readonly deliveryId: string;
  readonly tenantId: string;
  readonly provider: string;
  /** ARM name of the category, e.g. `AuditLogs`. */
  readonly category: string;
  /** Version of the shape that the records come in, if they are shaped. What is opened sends nothing in another one. */
  readonly shapeId?: string | null;
  /** Of a test record that no log has: its own id, which keeps it apart from everything that a delivery sends. */
  readonly testId?: string;
}

/**
 * One destination opened for one delivery. Retry, batching and limits are the engine's; a destination sends one batch
 * and says what came of it. Rules (MUST): never drop, never split or reorder, never retry on its own for longer than `signal`
 * allows, answer an unknown error with `retry`, put no secret into a fault.
 */
export interface OpenDestination {
  readonly limits: BatchLimits;
  /** Bytes of one record as it goes out, when above what a single message may hold: the record can never be sent. Null when it can. */
  refuse(record: LogRecord): Fault | null;
  /** How many of the first records fill their messages. Asked only when more records follow: the others begin the next batch. */
  fill?(records: readonly LogRecord[]): number;
  /** Told of records that are to come, in order, while others travel: work that needs no place may be done before `prepare`. */
  expect?(records: readonly LogRecord[]): void;
  /** Decides place and shape of a batch. Writes nothing that counts (creating a container is fine). */
  prepare(records: readonly LogRecord[], signal: AbortSignal): Promise<{ kind: 'prepared'; prepared: Prepared } | Failure>;
  /**
   * Sends a batch to the prepared place. Calling it again after an unknown outcome must not double a record where the type promises
   * exactly once. The bytes of the records are freed after `accepted`: nothing may read them later.
   */
  send(records: readonly LogRecord[], prepared: Prepared, signal: AbortSignal): Promise<DeliveryOutcome>;
  /**
   * Present where consecutive batches may travel beside each other, and the later one arrive first: makes of what was prepared for
   * each what `send` takes for all of them at once.
   */
  join?(prepared: readonly Prepared[]): Prepared;
  close(): Promise<void>;
}

/** Opens destinations of one type. A thrown error is a `retry`. */
export interface DestinationFactory<T extends DestinationType = DestinationType> {
  readonly type: T;
  open(
    target: DestinationTargets[T],
    identity: DeliveryIdentity,
    signal: AbortSignal,
    /** What the destination keeps secret, by field; types without secrets leave it. */
    secrets?: Secrets,
  ): Promise<{ kind: 'open'; destination: OpenDestination } | Failure>;
}
