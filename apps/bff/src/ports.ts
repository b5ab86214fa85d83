import type { AuditRow, Batching, Destinations, DestinationType, Mask, Query, SettingInput } from '@weir/contract';
import type { DeliveryFacts, Fault, Secrets, Shaper, VerifyReport } from '@weir/engine';
import type {
  AlertChannels,
  Alerts,
  LogRetention,
  DeliveryActions,
  DeliverySpan,
  BatchFilter,
  ExportField,
  ExportPage,
  ExportQueue,
  KnownDelivery,
  LatestRecord,
  Position,
  Selection,
  StoredBatch,
  StoredChange,
  StoredExport,
  StoredOpenBatch,
  Whereabouts,
} from '@weir/store';

export type {
  ClaimedExport,
  ExportedBody,
  ExportField,
  ExportPage,
  ExportPiece,
  ExportQueue,
  KnownDelivery,
  Position,
  Selection,
  StoredExport,
  Whereabouts,
} from '@weir/store';

/** Who did it, as it stands in the record of the change. */
export interface Actor {
  readonly oid: string;
  readonly upn: string;
  readonly name: string;
  /** The request's trace id. */
  readonly correlationId: string;
}
/** Times in UTC, ISO 8601; `from` is included, `to` is not. */
export interface AuditQuery {
  readonly from: string;
  readonly to: string | undefined;
  readonly query: Query;
  /** Newest first without it. `asc` needs `to`. */
  readonly order?: 'asc' | 'desc';
}
export interface AuditSummary {
  readonly total: number;
  readonly exact: boolean;
  readonly exactFacets: boolean;
  readonly buckets: readonly { readonly at: string; readonly value: string; readonly n: number }[];
  readonly facets: Readonly<Record<FacetField, readonly { readonly value: string; readonly n: number }[]>>;
}
export type FacetField = 'category' | 'activity' | 'actor' | 'application' | 'status' | 'type';
export interface StoredView {
  readonly id: string;
  readonly name: string;
  readonly shared: boolean;
  readonly mine: boolean;
  readonly default: boolean;
  readonly search: Record<string, unknown>;
}
export interface AuditRecord {
  readonly id: string;
  readonly seq: number;
  readonly body: string;
  readonly original: string | null;
}
/** A search over everything, from either end. A bound that is null is not there. */
export interface RecordQuery {
  readonly from: string | null;
  readonly to: string | null;
  readonly query: Query;
  readonly order: 'asc' | 'desc';
}
/** A record with its time, as it is looked at one by one. */
export interface WholeRecord extends AuditRecord {
  readonly time: string;
}
/** A record with what it is made of. */
export interface ReadRecord extends AuditRow {
  readonly body: string;
  readonly original: string | null;
}
/** What the sources of the audit log have read, merged and oldest first; and what they have not, with why. UTC, ISO 8601. */
export interface ReadSpans {
  readonly spans: readonly { readonly from: string; readonly to: string }[];
  readonly open: readonly { readonly from: string; readonly to: string; readonly error: string | null }[];
}
export interface CoverageRow {
  source: string;
  category: string;
  coveredFrom: string | null;
  coveredTo: string | null;
  windowsDone: number;
  windowsPending: number;
  windowsFailing: number;
  records: number;
  lastError: string | null;
}
export interface StoredSetting {
  readonly name: string;
  readonly provider: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly categories: SettingInput['categories'];
  readonly destinations: Destinations;
  /** Which records go; null: all of them. */
  readonly condition: string | null;
  readonly masks: readonly Mask[];
  readonly batching: Readonly<Partial<Record<DestinationType, Batching>>>;
  readonly secrets: readonly { readonly path: string; readonly setAt: Date }[];
  readonly deliveries: readonly {
    readonly id: string;
    readonly type: DestinationType;
    readonly category: string;
    readonly facts: DeliveryFacts;
  }[];
  readonly legalHold: { readonly reason: string; readonly by: string; readonly since: Date } | null;
  /** Archived blobs that are past their days and could not be deleted. */
  readonly retentionFault: { readonly blobs: number; readonly fault: Fault } | null;
}
/** What came of a save. Nothing is written unless it is `saved`. */
export type SaveOutcome =
  | { readonly kind: 'saved'; readonly setting: StoredSetting }
  | { readonly kind: 'exists' }
  | { readonly kind: 'missing' }
  | { readonly kind: 'changed'; readonly version: number }
  | { readonly kind: 'limit'; readonly limit: number }
  | { readonly kind: 'secrets'; readonly faults: readonly DestinationFault[] }
  | { readonly kind: 'sink-in-use'; readonly sink: string; readonly setting: string; readonly category: string };

/** What came of a verification. */
export interface LastVerification {
  readonly deliveryId: string | null;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly result: 'holds' | 'differs' | 'unknown';
  readonly reason: string | null;
  readonly report: Pick<VerifyReport, 'records' | 'counts' | 'faults'> | null;
  readonly startedAt: Date;
  readonly finishedAt: Date;
}

/** What the web server needs of the store, for one directory. Every change writes its record in the same transaction. */
export interface DirectoryStore {
  readonly audit: {
    /** Null when the cursor is not one of ours for this filter. */
    list(
      query: AuditQuery,
      page: { cursor: string | undefined; limit: number },
      signal: AbortSignal,
    ): Promise<{ items: AuditRow[]; nextCursor: string | null; searchedTo: string | null } | null>;
    /** As `list`, with bodies, and few rows looked at before the index is asked: for what is rare. */
    readPage(
      query: AuditQuery,
      page: { cursor: string | undefined; limit: number; budgetMs: number },
      signal: AbortSignal,
    ): Promise<{ items: ReadRecord[]; nextCursor: string | null; searchedTo: string | null } | null>;
    readSpans(): Promise<ReadSpans>;
    /** Records before one that name an id, newest first; `complete` when there are no more. */
    earlier(id: string, named: string, limit: number, signal: AbortSignal): Promise<{ records: readonly AuditRecord[]; complete: boolean }>;
    get(id: string): Promise<WholeRecord | null>;
    /**
     * One page of what `keep` makes of the records found; null leaves one out, and `all` promises that none is. After `budget`
     * records the page ends, short or empty, and `nextCursor` goes on. Null when the cursor is not one of ours for this scope.
     */
    records<T extends string>(
      query: RecordQuery,
      keep: (record: WholeRecord) => T | null,
      page: { limit: number; all: boolean; budget: number; scope: string; cursor: string | undefined },
      signal: AbortSignal,
    ): Promise<{ items: T[]; nextCursor: string | null } | null>;
    /** How many records are found, exactly. With `keep` each is looked at; null when there are more than `budget`. */
    count(
      query: RecordQuery,
      each: { keep: (record: WholeRecord) => boolean; budget: number } | null,
      signal: AbortSignal,
    ): Promise<number | null>;
    filterOptions(): Promise<{ categories: string[]; activities: { category: string; name: string }[] }>;
    summary(
      query: AuditQuery & { readonly to: string },
      bucketMs: number,
      by: 'status' | 'category',
      exactly: boolean,
      signal: AbortSignal,
    ): Promise<AuditSummary>;
    values(field: FacetField, contains: string): Promise<{ value: string; n: number }[]>;
    /** Looks at the next `limit` records behind a sequence number; those that fit, oldest first, and how far that was. */
    tail(query: Query, afterSeq: number, limit: number): Promise<{ rows: AuditRow[]; lastSeq: number }>;
    /** How many records there are; an estimate when not `exact`, which `exactly` rules out. */
    estimate(
      query: AuditQuery & { readonly to: string },
      exactly: boolean,
      signal: AbortSignal,
    ): Promise<{ total: number; exact: boolean }>;
    /** The newest sequence number. */
    head(): Promise<number>;
    /** Those of the ids that this directory has. */
    having(ids: readonly string[]): Promise<ReadonlySet<string>>;
    /** Newest first, in pages, from below a position on. */
    take(
      selection: Selection,
      options: { after: Position | null; fields: readonly ExportField[]; bodies: boolean },
      signal: AbortSignal,
    ): AsyncIterable<ExportPage>;
    /** The deliveries that this log ever had, and where records went, as far as is known. */
    deliveries(): Promise<KnownDelivery[]>;
    whereabouts(seqs: readonly (string | null)[]): Promise<Whereabouts[]>;
    coverage(): Promise<{ records: number; oldest: string | null; newest: string | null; sources: CoverageRow[] }>;
  };
  readonly logRetention: Pick<LogRetention, 'list' | 'set' | 'removed'>;
  readonly views: {
    /** Those that the person sees. */
    list(oid: string): Promise<StoredView[]>;
    /** Null when the name is taken, or there are too many. */
    create(
      actor: Actor,
      view: { name: string; shared: boolean; default: boolean; search: Record<string, unknown> },
    ): Promise<StoredView | null>;
    /** False when the person has made no such view. */
    remove(actor: Actor, id: string): Promise<boolean>;
  };
  /** Export jobs, as one person sees them: their own. */
  readonly exports: {
    /** Null when the person has too many that wait or run. */
    create(
      actor: Actor,
      job: Pick<StoredExport, 'fileName' | 'request' | 'selection' | 'untilSeq' | 'expected'>,
    ): Promise<StoredExport | null>;
    list(oid: string): Promise<StoredExport[]>;
    get(oid: string, id: string): Promise<StoredExport | null>;
    cancel(oid: string, id: string): Promise<StoredExport | null>;
    delete(oid: string, id: string): Promise<boolean>;
    /** Bytes of a file, both ends included. */
    read(id: string, start: number, end: number): AsyncIterable<Buffer>;
    ticket(actor: Actor, id: string): Promise<{ ticket: string; expiresAt: string }>;
    downloaded(actor: Actor, job: StoredExport): Promise<void>;
    /** The record of a file that was streamed. */
    streamed(
      actor: Actor,
      file: { request: object; selection: object; rows: number; bytes: number; sha256: string; complete: boolean },
    ): Promise<void>;
  };
  readonly settings: {
    list(provider: string): Promise<StoredSetting[]>;
    get(provider: string, name: string): Promise<StoredSetting | null>;
    /** What would come of a save, without saving. Null when nothing stands against it. */
    check(
      provider: string,
      name: string,
      input: SettingInput,
      expected: number | 'new',
    ): Promise<Exclude<SaveOutcome, { kind: 'saved' }> | null>;
    /** The secrets that a save would leave, in the clear, for trying them out; and what is wrong with them, by field. */
    secretsFor(provider: string, name: string | null, input: SettingInput): Promise<SecretsOfSetting>;
    /** What the setting lets through and masks; `exampleKey`: its hashes are made with a key for this once. */
    shaperFor(
      provider: string,
      name: string | null,
      input: Pick<SettingInput, 'condition' | 'masks'>,
    ): Promise<{ readonly shaper: Shaper; readonly exampleKey: boolean }>;
    save(actor: Actor, provider: string, name: string, input: SettingInput, expected: number | 'new'): Promise<SaveOutcome>;
    /** With `expected`, only the setting in that version. */
    remove(
      actor: Actor,
      provider: string,
      name: string,
      expected?: number,
    ): Promise<'removed' | 'missing' | { readonly heldFor: string } | { readonly version: number }>;
    /** Null when there is no such setting. */
    hold(actor: Actor, provider: string, name: string, reason: string): Promise<StoredSetting | null>;
    /** False when there is no such setting, or no hold on it. */
    release(actor: Actor, provider: string, name: string): Promise<boolean>;
    /** The last verification of each of these deliveries that had one. */
    verifications(deliveryIds: readonly string[]): Promise<readonly LastVerification[]>;
  };
  /** What deliveries did since a time (24 hours ago at most), in spans of so many minutes; spans in which nothing happened are left out. */
  history(deliveryIds: readonly string[], since: Date, stepMinutes: number): Promise<readonly DeliverySpan[]>;
  /** How much each category of a log provider brought since a time: records, and mean bytes of the newest. */
  volume(
    provider: string,
    since: Date,
  ): Promise<readonly { readonly category: string; readonly records: number; readonly since: Date; readonly bytesPerRecord: number }[]>;
  /** The newest records of one log, newest first. */
  latest(provider: string, category: string, limit: number): Promise<readonly LatestRecord[]>;
  /** What happened to a setting, page by page, newest first. */
  readonly settingPages: {
    batches(provider: string, name: string, filter: BatchFilter, page: Paging): Promise<PageOf<StoredBatch>>;
    openBatches(provider: string, name: string, filter: BatchFilter): Promise<readonly StoredOpenBatch[]>;
    changes(provider: string, name: string, page: Paging): Promise<PageOf<StoredChange>>;
  };
  /** Pause, replay and quarantine of single deliveries. */
  readonly deliveries: Pick<DeliveryActions, keyof DeliveryActions>;
  readonly alerts: Pick<Alerts, keyof Alerts>;
  /** Where alerts are sent to. */
  readonly alertChannels: Pick<AlertChannels, keyof AlertChannels>;
  /** Writes the record of a change that was made elsewhere, such as in Azure. `target` is what was changed. */
  changed(actor: Actor, operation: string, target: string, properties: Readonly<Record<string, unknown>>): Promise<void>;
}
export interface Store {
  forDirectory(tenantId: string): DirectoryStore;
  /** A wake-up after each append by any process, on a connection of its own; it may fail to come. Returns what stops it. */
  onAppend(listener: (tenantId: string) => void): () => Promise<void>;
  /** Export jobs of all directories, for those who work them off. */
  readonly exportQueue: ExportQueue;
  /** Throws when the database does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface Paging {
  readonly cursor?: string | undefined;
  readonly limit: number;
}
/** `missing`: there is no such setting. `cursor`: the cursor is not one of this list. */
export type PageOf<T> = { readonly items: readonly T[]; readonly nextCursor: string | null } | 'missing' | 'cursor';

/** A destination that cannot take what the setting would send: where it stands in the form, and what to do. */
export interface DestinationFault {
  readonly path: string;
  readonly message: string;
}
export interface SecretsOfSetting {
  readonly secrets: Partial<Record<DestinationType, Secrets>>;
  readonly faults: readonly DestinationFault[];
}
/** Azure on behalf of one person. */
export interface AzureOfPerson {
  /** One GET, PUT or POST of Azure Resource Manager. Throws an HttpProblem when Azure refuses or does not answer. */
  arm(method: 'GET' | 'PUT', path: string, apiVersion: string, body?: unknown): Promise<unknown>;
  /** Every item of a list, page after page. */
  armList(path: string, apiVersion: string): Promise<unknown[]>;
  /** Makes ready what a setting needs at its destinations (tables, hubs, the data collection rule). */
  prepare(tenantId: string, provider: string, input: SettingInput, secrets: SecretsOfSetting['secrets']): Promise<DestinationFault[]>;
}
