import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import type { AggregateLogsUploadError, LogsIngestionClientOptions } from '@azure/monitor-ingestion';
import { isAggregateLogsUploadError, LogsIngestionClient } from '@azure/monitor-ingestion';
import { tableOf } from '@weir/contract';
import type { DeliveryIdentity, LogRecord, OpenDestination } from '@weir/engine';
import type { RenewableCredential } from '../azure/credential.ts';
import { classify, refusal } from '../azure/faults.ts';
import { withoutQuery, type Watch } from '../watch.ts';

/** 1 MB a call, compressed and not; the SDK cuts at 1,000,000 bytes itself, so a batch stays below. https://learn.microsoft.com/azure/azure-monitor/service-limits#logs-ingestion-api */
const MAX_BYTES = 900_000;
/** A longer field is cut off by the service without a word. https://learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview */
const MAX_FIELD = 65_536;
/** Quotes inside Properties are escaped once more, so a row outgrows its record by about a tenth; by a quarter it would still fit one call. */
const GROWTH = 1.15;
/** Column names, the braces of a row, and the columns that the record's body does not have: at most about 330 bytes, of which its own names make up for some. */
const ROW_OVERHEAD = 300;

/** The columns of every table, for the table, the stream and the rows alike. */
export const columns = [
  { name: 'TimeGenerated', type: 'datetime' },
  { name: 'OperationName', type: 'string' },
  { name: 'Category', type: 'string' },
  { name: 'Identity', type: 'string' },
  { name: 'ResultType', type: 'string' },
  { name: 'ResultDescription', type: 'string' },
  { name: 'CorrelationId', type: 'string' },
  { name: 'Properties', type: 'string' },
  { name: 'RecordId', type: 'string' },
  { name: 'Sequence', type: 'long' },
  // `TenantId` is the workspace's own column.
  { name: 'SourceTenantId', type: 'string' },
] as const;
export const streamOf = (provider: string, category: string): string => `Custom-${tableOf(provider, category)}`;

type Json = Record<string, unknown>;
const text = (value: unknown): string | null => (value == null ? null : typeof value === 'string' ? value : JSON.stringify(value));

/** A record as a row of its table. `Properties` is JSON in a text, as in Azure's own tables: queries say parse_json(Properties). */
export function toRow(record: LogRecord, tenantId: string): Json {
  const body = JSON.parse(record.body.toString()) as Json;
  return {
    TimeGenerated: record.time,
    OperationName: text(body['operationName']),
    Category: text(body['category']),
    Identity: text(body['identity']),
    ResultType: text(body['resultType']),
    ResultDescription: text(body['resultDescription']),
    CorrelationId: text(body['correlationId']),
    Properties: text(body['properties']),
    RecordId: record.id,
    Sequence: record.seq,
    SourceTenantId: tenantId,
  };
}

export function openWorkspace(
  rule: { endpoint: string; immutableId: string; credential: RenewableCredential; monitorScope: string },
  identity: DeliveryIdentity,
  options: { intervalMs: number; watch?: Watch },
): OpenDestination {
  const audience = rule.monitorScope.replace(/\/\.default$/, '');
  /** What was answered to the calls of one batch: several batches travel at a time. */
  const said = new AsyncLocalStorage<string[]>();
  // The engine's back-off is durable; retries inside the SDK would only hide throttling from it.
  const connect = () => {
    const { watch } = options;
    const fresh = new LogsIngestionClient(rule.endpoint, rule.credential, {
      audience,
      retryOptions: { maxRetries: 0 },
      ...(watch && { additionalPolicies: [{ position: 'perRetry', policy: watching(watch) }] }),
    });
    // The SDK keeps the answers to itself.
    fresh.pipeline.addPolicy({
      name: 'weirAnswers',
      async sendRequest(request, next) {
        const answer = await next(request);
        said.getStore()?.push(saidBy(answer));
        return answer;
      },
    });
    return fresh;
  };
  let client = connect();
  const stream = streamOf(identity.provider, identity.category);
  const rowBytes = (record: LogRecord): number => Buffer.byteLength(JSON.stringify(toRow(record, identity.tenantId)));
  /** Rows of the batch that travels, and of the one that is to come. */
  const made = new WeakMap<readonly LogRecord[], Json[]>();
  function rowsOf(records: readonly LogRecord[]): Json[] {
    let rows = made.get(records);
    if (!rows) made.set(records, (rows = records.map((r) => toRow(r, identity.tenantId))));
    return rows;
  }
  return {
    limits: {
      maxBytes: Math.floor(MAX_BYTES / GROWTH),
      maxRecords: 2_000,
      recordOverheadBytes: ROW_OVERHEAD,
      intervalMs: options.intervalMs,
    },
    refuse(record) {
      // JSON in JSON can only grow: what is small enough needs no second look.
      if (record.body.length < MAX_FIELD / 8) return null;
      const row = toRow(record, identity.tenantId);
      const long = Object.entries(row).find(([, v]) => typeof v === 'string' && Buffer.byteLength(v) > MAX_FIELD);
      if (long)
        return refusal(
          'FieldTooLong',
          `${long[0]} has ${Buffer.byteLength(String(long[1]))} bytes; Log Analytics would cut it off at ${MAX_FIELD}.`,
        );
      const size = rowBytes(record);
      return size > MAX_BYTES ? refusal('RecordTooLarge', `The row has ${size} bytes; one call holds ${MAX_BYTES}.`) : null;
    },
    // A record that cannot be read fails when it is sent.
    expect(records) {
      try {
        rowsOf(records);
      } catch {}
    },
    prepare: async () => ({ kind: 'prepared', prepared: { stream, rule: rule.immutableId } }),
    async send(records, _prepared, signal) {
      const rows = rowsOf(records);
      made.delete(records);
      // Rows that outgrow one call after all are cut in two by the SDK: each call is at least once, so is their sum.
      const bytes = records.reduce((sum, r) => sum + r.body.length, 0);
      // The SDK makes the bytes that travel; the ledger's digest is over what they were made from.
      const hash = createHash('sha256');
      const answers: string[] = [];
      const upload = () =>
        said.run(answers, () => client.upload(rule.immutableId, stream, rows, { abortSignal: signal, maxConcurrency: 1 }));
      try {
        const uploading = upload();
        // Awaited below; what fails before must not count as unhandled.
        uploading.catch(() => {});
        // Done while the rows are compressed and travel.
        await setImmediate();
        for (const r of records) hash.update(r.body);
        await uploading.catch((error: unknown) => {
          if (!isRefusedToken(error)) throw error;
          // The client keeps its token as well.
          rule.credential.refused?.();
          client = connect();
          return upload();
        });
        return {
          kind: 'accepted',
          bytes,
          place: { kind: 'logAnalytics', endpoint: rule.endpoint, rule: rule.immutableId, stream },
          digest: hash.digest(),
          answer: answers.filter((answer) => answer.startsWith('2')).join('; '),
        };
      } catch (error) {
        return classify(isAggregateLogsUploadError(error) ? causesOf(error) : error);
      }
    },
    // A table promises no order between calls, and every call of a rule goes to the same place.
    join: (batches) => batches[0]!,
    close: async () => {},
  };
}

interface Answer {
  status: number;
  headers: { get(name: string): string | undefined };
  request: { requestId: string };
}
/** Status and the id that Azure's support asks for: the service's own, else the one that it was sent. */
function saidBy({ status, headers, request }: Answer): string {
  const id = headers.get('x-ms-request-id') ?? headers.get('request-id');
  if (id) return `${status}, request ${id}`;
  return `${status}, client request ${request.requestId}`;
}

type Policy = NonNullable<LogsIngestionClientOptions['additionalPolicies']>[number]['policy'];
/** Sees each call as it travels: after the SDK has compressed it. */
const watching = (watch: Watch): Policy => ({
  name: 'weir-watch',
  async sendRequest(request, next) {
    const answered = watch({
      method: request.method,
      address: withoutQuery(request.url),
      headers: {},
      contentType: request.headers.get('content-type') ?? '',
      encoding: request.headers.get('content-encoding') === 'gzip' ? 'gzip' : null,
      body: Buffer.isBuffer(request.body) ? request.body : Buffer.from(String(request.body ?? '')),
    });
    const answer = await next(request);
    answered({ status: String(answer.status), text: answer.bodyAsText ?? '' });
    return answer;
  },
});

/** A token that was refused before its end. Of several calls, all: those that were taken must not be made again. */
const isRefusedToken = (error: unknown): boolean => {
  const causes = isAggregateLogsUploadError(error) ? error.errors.map((e) => e.cause) : [error];
  return causes.every((cause) => (cause as { statusCode?: unknown }).statusCode === 401);
};
const causesOf = (error: AggregateLogsUploadError): unknown => ({ errors: error.errors.map((e) => e.cause) });
