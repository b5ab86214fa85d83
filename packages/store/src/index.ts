import { INTUNE_AUDIT } from '@weir/contract';
import type { DeliveryLease, DeliveryStore, RecordLog, Secrets, SourceLedger, RetentionStore } from '@weir/engine';
import { AlertChannels } from './alert-channels.ts';
import { Alerts, alertStore, type AlertStore } from './alerts.ts';
import { AuditSearch } from './audit.ts';
import { brief, cancellable, openPool, type Queryable } from './database.ts';
import { deliveryStore } from './deliveries.ts';
import { DeliveryActions } from './delivery-actions.ts';
import { coverageOf, sourceLedger, type SourceCoverage } from './ledger.ts';
import { historyOf, pruneHistory, type DeliverySpan } from './history.ts';
import { readSpans, type ReadSpans } from './read-spans.ts';
import { exportQueue, type ExportQueue } from './export-queue.ts';
import { Exports } from './exports.ts';
import { listenForAppends } from './listen.ts';
import { measure, type Measures } from './measures.ts';
import { migrate, migrateWhenReachable } from './migrate.ts';
import { append, appendInTransaction, committedCategory, nothingKnown } from './records.ts';
import { replayQueue, type ReplayQueue } from './replays.ts';
import { chainBacklog } from './chain.ts';
import { Proof } from './proof.ts';
import { VerificationQueue } from './verifications.ts';
import { Views } from './views.ts';
import { adminRecord } from './admin-record.ts';
import { TokenFrequency } from './search/frequency.ts';
import { LogRetention, removeExpired, type Removal } from './log-retention.ts';
import { backlogStep, retentionStore } from './retention.ts';
import { resealSecrets, secretsOfDelivery } from './secrets.ts';
import { SettingPages } from './setting-pages.ts';
import { Settings } from './settings.ts';
import { latestRecords, type LatestRecord } from './latest.ts';
import { volumeSince, type MeasuredVolume } from './volume.ts';
import { Shapes } from './shapes.ts';
import { Vault } from './vault.ts';
import { workers, type Workers } from './workers.ts';

export * from './errors.ts';
export type { AdminActor } from './admin-record.ts';
export { MAX_CHANNELS, type AlertChannels, type ChannelOutcome, type StoredChannel } from './alert-channels.ts';
export type { Alerts, AlertStore, ClaimedNotification } from './alerts.ts';
export type { TenantCategory, Watched } from './alert-facts.ts';
export type { AuditSearch, ExportedBody, ExportField, ExportPage, OpenSearch, ReadRecord, StoredRecord } from './audit.ts';
export { exportProperties, type ClaimedExport, type StoredExport } from './export-jobs.ts';
export type { ExportPiece, ExportQueue } from './export-queue.ts';
export { MAX_OPEN_EXPORTS, type Exports } from './exports.ts';
export type { Position } from './cursor.ts';
export type { KnownDelivery, Whereabouts } from './whereabouts.ts';
export type { Selection, Texts } from './search/walk-all.ts';
export type { Search } from './search/page.ts';
export type { FacetField, Summary } from './search/summary.ts';
export type { StoredView } from './views.ts';
export type { ResolvedSecrets } from './secrets.ts';
export type { ChainHead, ChainProgress } from './chain.ts';
export {
  MAX_OPEN_REPLAYS,
  type DeliveryActions,
  type DeliveryState,
  type QuarantinedRecord,
  type ReplayFrom,
  type StoredReplay,
} from './delivery-actions.ts';
export type { ReplayLease, ReplayQueue } from './replays.ts';
export type { Proof } from './proof.ts';
export type { StoredVerification, VerificationLease, VerificationQueue } from './verifications.ts';
export type { DeliverySpan } from './history.ts';
export type { SourceCoverage } from './ledger.ts';
export type { LogKeeping, LogRetention, Removal, RemovalWait, RemovedRecord } from './log-retention.ts';
export type { LatestRecord } from './latest.ts';
export type { MeasuredVolume } from './volume.ts';
export type { LegalHold, RetentionFault } from './retention.ts';
export type { ReadSpans } from './read-spans.ts';
export type { MeasuredDelivery, MeasuredSource, Measures } from './measures.ts';
export type { Workers } from './workers.ts';
export type { BatchFilter, SettingPages, StoredBatch, StoredChange, StoredOpenBatch } from './setting-pages.ts';
export { MAX_SETTINGS, type Settings } from './settings.ts';
export type { StoredDelivery, StoredSetting } from './settings-rows.ts';

/** Everything of one tenant. There is no other way to its rows, so no query can forget whose they are. */
export interface TenantStore {
  readonly settings: Settings;
  /** What happened to a setting: batches and changes, page by page. */
  readonly settingPages: SettingPages;
  readonly views: Views;
  /** Pause, replay, quarantine. */
  readonly deliveries: DeliveryActions;
  /** What deliveries did since a time (24 hours ago at most), in spans of so many minutes; spans in which nothing happened are left out. */
  history(deliveryIds: readonly string[], since: Date, stepMinutes: number): Promise<DeliverySpan[]>;
  /** How much each category of a log provider brought since a time. */
  volume(provider: string, since: Date): Promise<MeasuredVolume[]>;
  /** The newest records of one log, newest first. */
  latest(provider: string, category: string, limit: number): Promise<LatestRecord[]>;
  readonly exports: Exports;
  /** The searchable log of one category; Intune's audit log when none is named. Its statements are cancelled when the signal fires. */
  audit(category?: string, signal?: AbortSignal): Promise<AuditSearch>;
  coverage(): Promise<SourceCoverage[]>;
  /** When a category was read, and what stands in the way elsewhere. */
  readSpans(category: string): Promise<ReadSpans>;
  readonly alerts: Alerts;
  readonly alertChannels: AlertChannels;
  /** How long records are kept in Weir itself. */
  readonly logRetention: LogRetention;
  /** Where delivered records are, for verification. */
  readonly proof: Proof;
}
export interface Store {
  /** With `onWait` a database that cannot be reached is waited for; it is told of each attempt. */
  migrate(onWait?: (error: unknown) => void): Promise<{ applied: string[] }>;
  /** Throws when the database does not answer within ten seconds. */
  ping(): Promise<void>;
  forTenant(tenantId: string): TenantStore;
  readonly deliveries: DeliveryStore;
  readonly replays: ReplayQueue;
  /** The secrets of a delivery's destination, in the clear. Throws `SecretUnreadable`. */
  secretsOf(lease: Pick<DeliveryLease, 'deliveryId'>): Promise<Secrets>;
  /** Makes the shape of a lease ready. Throws `SecretUnreadable` when its key cannot be opened. */
  readyShape(lease: Pick<DeliveryLease, 'tenantId' | 'shapeId'>): Promise<void>;
  /** Seals anew what an older key sealed. */
  resealSecrets(): Promise<{ sealed: number; unreadable: number }>;
  readonly retention: RetentionStore;
  /** Writes down a piece of what was archived before retention was enforced. False when nothing is left. */
  retainEarlier(): Promise<boolean>;
  /** Drops minutes of deliveries that are older than a day. Returns how many. */
  pruneHistory(): Promise<number>;
  /** Removes a piece of the logs that is past its years and that nobody needs. Null when there is nothing to remove. */
  removeExpired(): Promise<Removal | null>;
  readonly exportQueue: ExportQueue;
  readonly ledger: SourceLedger;
  readonly log: RecordLog;
  readonly verifications: VerificationQueue;
  /** Chains records from before the hash chain, until none is left or the signal fires. Returns how many links it added. */
  chainBacklog(signal?: AbortSignal): Promise<number>;
  readonly workers: Workers;
  readonly alerts: AlertStore;
  /** Figures of the whole installation, for metrics. */
  measure(): Promise<Measures>;
  /** A wake-up after each append. Returns what stops it. */
  onAppend(listener: (tenantId: string) => void): () => Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens the store. `url` is a PostgreSQL connection string (version 15 or newer). Nothing is connected until the first use.
 * `secretKeys` (base64, 32 bytes each) seal and open the destinations' secrets: the first seals, the others are older ones.
 */
export function openStore(options: { url: string; applicationName: string; poolSize?: number; secretKeys?: readonly string[] }): Store {
  const pool = openPool(options.url, options.applicationName, options.poolSize ?? 10);
  const db = pool as unknown as Queryable;
  const known = nothingKnown();
  const vault = new Vault(options.secretKeys ?? []);
  const shapes = new Shapes(db, vault);
  const frequency = new TokenFrequency(db);
  let cursorKey: Promise<string> | undefined;
  const key = () =>
    (cursorKey ??= db.query<{ cursor_key: string }>('select cursor_key from instance').then(
      (r) => r.rows[0]!.cursor_key,
      (error: unknown) => {
        cursorKey = undefined;
        throw error;
      },
    ));
  return {
    migrate: (onWait) => (onWait ? migrateWhenReachable(() => migrate(pool), onWait) : migrate(pool)),
    ping: async () => void (await brief(pool).query('select 1')),
    forTenant: (tenantId) => ({
      settings: new Settings(pool, known, tenantId, vault),
      settingPages: new SettingPages(db, tenantId, key),
      views: new Views(pool, tenantId, (tx, actor, operation, target, properties) =>
        appendInTransaction(tx, known, tenantId, [adminRecord(tenantId, actor, operation, target, properties)]),
      ),
      deliveries: new DeliveryActions(pool, known, tenantId, shapes),
      history: (deliveryIds, since, stepMinutes) => historyOf(db, tenantId, deliveryIds, since, stepMinutes),
      volume: (provider, since) => volumeSince(db, tenantId, provider, since),
      latest: (provider, category, limit) => latestRecords(db, tenantId, provider, category, limit),
      exports: new Exports(pool, known, tenantId),
      audit: async (category = INTUNE_AUDIT, signal?: AbortSignal) =>
        new AuditSearch(
          signal ? cancellable(pool, signal) : db,
          tenantId,
          await committedCategory(db, known, category),
          await key(),
          frequency,
          shapes,
        ),
      coverage: () => coverageOf(db, tenantId),
      readSpans: (category) => readSpans(db, tenantId, category),
      alerts: new Alerts(db, tenantId),
      alertChannels: new AlertChannels(pool, known, tenantId, vault),
      proof: new Proof(db, tenantId, shapes),
      logRetention: new LogRetention(pool, known, tenantId),
    }),
    deliveries: deliveryStore(pool, shapes),
    replays: replayQueue(pool, shapes),
    secretsOf: (lease) => secretsOfDelivery(db, vault, lease.deliveryId),
    readyShape: async ({ tenantId, shapeId }) => void (shapeId !== null && (await shapes.get(tenantId, shapeId))),
    resealSecrets: () => resealSecrets(pool, vault),
    retention: retentionStore(pool, known),
    retainEarlier: () => backlogStep(pool),
    pruneHistory: () => pruneHistory(db),
    removeExpired: () => removeExpired(pool, known),
    exportQueue: exportQueue(pool, known),
    ledger: sourceLedger(pool),
    workers: workers(pool),
    alerts: alertStore(pool, vault),
    measure: () => measure(db),
    log: { append: (tenantId, records) => append(pool, known, tenantId, records) },
    verifications: new VerificationQueue(pool),
    chainBacklog: (signal) => chainBacklog(pool, signal),
    onAppend: (listener) => listenForAppends(options.url, listener),
    close: async () => {
      await known.unsorted.sorting;
      await pool.end();
    },
  };
}
