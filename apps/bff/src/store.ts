import { INTUNE_AUDIT, MAX_SETTINGS, sameName, usedSinks, type SettingInput } from '@weir/contract';
import {
  CursorInvalid,
  ExportLimit,
  exportProperties,
  SecretsRefused,
  SettingChanged,
  SettingExists,
  SettingHeld,
  SettingLimit,
  SettingNotFound,
  SinkInUse,
  ViewExists,
  type Store as OpenStore,
  type TenantStore,
} from '@weir/store';
import type { DirectoryStore, SaveOutcome, Store, StoredSetting } from './ports.ts';

/** Rows that are looked at before the word index is asked, when what is looked for stands in few records. */
const RARE = 200;
const DAY_MS = 86_400_000;
type Refusal = Exclude<SaveOutcome, { kind: 'saved' }>;

/** The store in the web server's words: what a caller can cause is an answer, not an exception. */
export function directoryStores(store: OpenStore): Store {
  return {
    ping: () => store.ping(),
    close: () => store.close(),
    onAppend: (listener) => store.onAppend(listener),
    exportQueue: store.exportQueue,
    forDirectory: (tenantId) => directory(store.forTenant(tenantId)),
  };
}

function directory(tenant: TenantStore): DirectoryStore {
  const { settings } = tenant;
  return {
    audit: {
      async list(query, page, signal) {
        try {
          return await (await tenant.audit(undefined, signal)).page(query, page);
        } catch (error) {
          if (error instanceof CursorInvalid) return null;
          throw error;
        }
      },
      get: async (id) => (await tenant.audit()).get(id),
      async readPage(query, page, signal) {
        try {
          return await (await tenant.audit(undefined, signal)).read(query, { ...page, walk: RARE });
        } catch (error) {
          if (error instanceof CursorInvalid) return null;
          throw error;
        }
      },
      async records(query, keep, page, signal) {
        try {
          return await (await tenant.audit(undefined, signal)).recordPage(query, keep, page);
        } catch (error) {
          if (error instanceof CursorInvalid) return null;
          throw error;
        }
      },
      readSpans: () => tenant.readSpans(INTUNE_AUDIT),
      earlier: async (id, named, limit, signal) => (await tenant.audit(undefined, signal)).earlier(id, named, limit),
      count: async (query, each, signal) => (await tenant.audit(undefined, signal)).count(query, each),
      filterOptions: async () => (await tenant.audit()).filterOptions(),
      summary: async (query, bucketMs, by, exactly, signal) =>
        (await tenant.audit(undefined, signal)).summary(query, bucketMs, by, exactly),
      values: async (field, contains) => (await tenant.audit()).values(field, contains),
      async estimate(query, exactly, signal) {
        const { total, exact } = await (await tenant.audit(undefined, signal)).summary(query, DAY_MS, 'status', exactly);
        return { total, exact };
      },
      head: async () => (await tenant.audit()).head(),
      having: async (ids) => (await tenant.audit()).having(ids),
      deliveries: async () => (await tenant.audit()).deliveries(),
      whereabouts: async (seqs) => (await tenant.audit()).whereabouts(seqs),
      async *take(selection, options, signal) {
        yield* (await tenant.audit(undefined, signal)).take(selection, options);
      },
      tail: async (query, afterSeq, limit) => (await tenant.audit()).tail(query, afterSeq, limit),
      async coverage() {
        const [extent, sources] = await Promise.all([tenant.audit().then((a) => a.extent()), tenant.coverage()]);
        return { ...extent, sources };
      },
    },
    exports: {
      async create(actor, job) {
        try {
          return await tenant.exports.create(actor, job);
        } catch (error) {
          if (error instanceof ExportLimit) return null;
          throw error;
        }
      },
      list: (oid) => tenant.exports.list(oid),
      get: (oid, id) => tenant.exports.get(oid, id),
      cancel: (oid, id) => tenant.exports.cancel(oid, id),
      delete: (oid, id) => tenant.exports.delete(oid, id),
      read: (id, start, end) => tenant.exports.read(id, start, end),
      ticket: (actor, id) => tenant.exports.ticket(actor, id),
      downloaded: (actor, job) => tenant.exports.downloaded(actor, job),
      streamed: (actor, file) =>
        settings.record(actor, 'Export auditLogs', 'AuditLogs', exportProperties({ ...file, request: { ...file.request } })),
    },
    views: {
      list: (oid) => tenant.views.list(oid),
      async create(actor, view) {
        try {
          return await tenant.views.create(actor, view);
        } catch (error) {
          if (error instanceof ViewExists) return null;
          throw error;
        }
      },
      remove: (actor, id) => tenant.views.delete(actor, id),
    },
    settings: {
      list: (provider) => settings.list(provider),
      get: (provider, name) => settings.get(provider, name),
      check: async (provider, name, input, expected) => refusalOf(await settings.list(provider), name, input, expected),
      secretsFor: (provider, name, input) => settings.secretsFor(provider, name, input),
      shaperFor: (provider, name, input) => settings.shaperFor(provider, name, input),
      async save(actor, provider, name, input, expected) {
        try {
          await (expected === 'new'
            ? settings.create(provider, name, input, actor)
            : settings.update(provider, name, expected, input, actor));
        } catch (error) {
          return refusalFrom(error);
        }
        const setting = await settings.get(provider, name);
        return setting ? { kind: 'saved', setting } : { kind: 'missing' };
      },
      async remove(actor, provider, name, expected) {
        try {
          await settings.delete(provider, name, actor, expected);
          return 'removed';
        } catch (error) {
          if (error instanceof SettingNotFound) return 'missing';
          if (error instanceof SettingHeld) return { heldFor: error.reason };
          if (error instanceof SettingChanged) return { version: error.current };
          throw error;
        }
      },
      async hold(actor, provider, name, reason) {
        try {
          await settings.hold(provider, name, reason, actor);
        } catch (error) {
          if (error instanceof SettingNotFound) return null;
          throw error;
        }
        return settings.get(provider, name);
      },
      async release(actor, provider, name) {
        try {
          return await settings.release(provider, name, actor);
        } catch (error) {
          if (error instanceof SettingNotFound) return false;
          throw error;
        }
      },
      verifications: (deliveryIds) => tenant.proof.latest(deliveryIds),
    },
    history: tenant.history,
    volume: tenant.volume,
    latest: tenant.latest,
    settingPages: {
      batches: (provider, name, filter, page) => pageOf(() => tenant.settingPages.batches(provider, name, filter, page)),
      openBatches: (provider, name, filter) => tenant.settingPages.openBatches(provider, name, filter),
      changes: (provider, name, page) => pageOf(() => tenant.settingPages.changes(provider, name, page)),
    },
    deliveries: tenant.deliveries,
    alerts: tenant.alerts,
    alertChannels: tenant.alertChannels,
    logRetention: tenant.logRetention,
    changed: (actor, operation, target, properties) => settings.record(actor, operation, target, properties),
  };
}

async function pageOf<T>(read: () => Promise<T | null>): Promise<T | 'missing' | 'cursor'> {
  try {
    return (await read()) ?? 'missing';
  } catch (error) {
    if (error instanceof CursorInvalid) return 'cursor';
    throw error;
  }
}

function refusalFrom(error: unknown): Refusal {
  if (error instanceof SettingExists) return { kind: 'exists' };
  if (error instanceof SettingNotFound) return { kind: 'missing' };
  if (error instanceof SettingChanged) return { kind: 'changed', version: error.current };
  if (error instanceof SecretsRefused) return { kind: 'secrets', faults: error.faults };
  if (error instanceof SettingLimit) return { kind: 'limit', limit: error.limit };
  if (error instanceof SinkInUse) return { kind: 'sink-in-use', sink: error.sink, setting: error.setting, category: error.category };
  throw error;
}

/** The same rules that the store enforces under its lock, asked early so that a save which must fail touches nothing in Azure. */
function refusalOf(all: readonly StoredSetting[], name: string, input: SettingInput, expected: number | 'new'): Refusal | null {
  const current = all.find((s) => sameName(s.name, name));
  if (expected === 'new') {
    if (current) return { kind: 'exists' };
    if (all.length >= MAX_SETTINGS) return { kind: 'limit', limit: MAX_SETTINGS };
  } else {
    if (!current) return { kind: 'missing' };
    if (current.version !== expected) return { kind: 'changed', version: current.version };
  }
  const [used] = usedSinks(
    input,
    all.filter((other) => other !== current),
  );
  return used ? { kind: 'sink-in-use', sink: used.sink, setting: used.setting, category: used.category } : null;
}
