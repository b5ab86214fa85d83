import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { ElasticTarget } from '@weir/contract';
import type { DeliveryIdentity, Failure, LogRecord, OpenDestination, Secrets } from '@weir/engine';
import type { HttpAnswer, HttpClient } from '../http/client.ts';
import { connectionFailure, json, misconfigured, redirected, retry, saying } from '../http/outcomes.ts';

const pack = promisify(gzip);
/**
 * `http.max_content_length` is 100 MB; Elastic advises a few MB a request.
 * https://www.elastic.co/docs/reference/elasticsearch/configuration-reference/networking-settings
 * https://www.elastic.co/docs/deploy-manage/production-guidance/optimize-performance/indexing-speed
 */
const MAX_BYTES = 5 << 20;
/** The action line with its id, and the fields beside the record. */
const DOCUMENT_OVERHEAD = 500;
/** A word for each of some thousand documents, with its reason when it was refused. */
const ANSWER_LIMIT = 8 << 20;
/** Only what is needed of an answer that otherwise repeats every document's address. */
const FILTER = 'errors,error,items.*.status,items.*.error.type,items.*.error.reason,items.*.error.caused_by.reason';

/** Refused for what the document holds: it never fits this mapping. */
const content = new Set([
  'mapper_parsing_exception',
  'document_parsing_exception',
  'strict_dynamic_mapping_exception',
  'x_content_parse_exception',
  'parsing_exception',
  // Such as an "immense term". The limit of fields has this type too, and is told apart by its text.
  'illegal_argument_exception',
]);
const act: Record<string, string> = {
  security_exception: 'Give the API key create_doc on the index or data stream, and see that it has not expired.',
  index_not_found_exception: 'Create the index or data stream, or give the API key auto_configure.',
  index_closed_exception: 'Open the index, or name another one in the setting.',
  invalid_index_name_exception: 'Name another index in the setting.',
  cluster_block_exception: 'Remove the block on the index (a full disk, read-only, or frozen).',
};
const fieldLimit = /Limit of (total|mapping)? ?fields/i;

interface Item {
  status: number;
  error?: { type?: string; reason?: string; caused_by?: { reason?: string } };
}
export interface ElasticIndex {
  target: ElasticTarget;
  identity: DeliveryIdentity;
  secrets: Secrets;
  http: HttpClient;
}
export const elasticHeaders = (secrets: Secrets) => ({ authorization: `ApiKey ${secrets.current['apiKey']!.reveal()}` });

/** What an answer means whose status is no success. */
export function refusedByElastic(answer: HttpAnswer, secrets: Secrets): Failure {
  const elsewhere = redirected(answer);
  if (elsewhere) return elsewhere;
  const error = json(answer)?.['error'] as { type?: string; reason?: string } | string | undefined;
  const type = (typeof error === 'object' ? error.type : undefined) ?? `http-${answer.status}`;
  const text = saying((typeof error === 'object' ? error.reason : error) ?? answer.text, secrets) || `HTTP ${answer.status}`;
  const fault = { code: type, message: `Elasticsearch answered: ${text}`, remedy: act[type] ?? null };
  if (answer.status === 413) return { kind: 'too_large', fault };
  if (answer.status === 401 || answer.status === 403)
    return { kind: 'misconfigured', fault: { ...fault, remedy: fault.remedy ?? act['security_exception']! } };
  if (answer.status === 404)
    return misconfigured(type, 'There is no Elasticsearch at this address.', 'Check the address of the deployment in the setting.');
  return retry(answer, fault);
}

/** What one document's refusal means. Null: it is there, from this attempt or an earlier one. */
function refusedItem(item: Item, secrets: Secrets): Failure | null {
  if (item.status >= 200 && item.status < 300) return null;
  // The id is the record's own, so what is there already is this record.
  if (item.status === 409 && item.error?.type === 'version_conflict_engine_exception') return null;
  const type = item.error?.type ?? `http-${item.status}`;
  const reason = [item.error?.reason, item.error?.caused_by?.reason].filter(Boolean).join(': ');
  const fault = { code: type, message: `Elasticsearch refused a document: ${saying(reason, secrets) || type}`, remedy: act[type] ?? null };
  if (act[type] && item.status !== 429) return { kind: 'misconfigured', fault };
  if (item.status === 403) return { kind: 'misconfigured', fault: { ...fault, remedy: act['security_exception']! } };
  if (item.status === 400 && fieldLimit.test(reason))
    return {
      kind: 'misconfigured',
      fault: { ...fault, remedy: 'Map `record` as flattened in the index template, or raise index.mapping.total_fields.limit.' },
    };
  if (item.status === 413) return { kind: 'too_large', fault };
  if (item.status === 400 && content.has(type)) return { kind: 'rejected', fault };
  return { kind: 'retry', fault };
}
/** The worst of many: what a person must mend, then what may work later, then what never will. */
const order: Failure['kind'][] = ['misconfigured', 'retry', 'too_large', 'rejected', 'stale'];

/**
 * The id of a document. Tenant, category and sequence make it; the digest keeps a log that was begun anew under the same tenant
 * from being taken for records that are there already.
 */
function idOf({ tenantId, provider, category }: DeliveryIdentity, record: LogRecord): string {
  const digest = createHash('sha256').update(`${provider}/${category}/${record.id}`).digest('base64url').slice(0, 12);
  return `${tenantId}-${category}-${record.seq}-${digest}`;
}
/** The two lines of one document: what to do, and the record byte for byte between a few fields of its own. */
export function documentOf(identity: DeliveryIdentity, record: LogRecord): Buffer[] {
  const event = { id: record.id, sequence: record.seq, kind: 'event', dataset: `${identity.provider}/${identity.category}` };
  // A lone surrogate or a line end inside `body` is escaped there, so a document stays on one line.
  const head = `{"create":{"_id":${JSON.stringify(idOf(identity, record))}}}\n{"@timestamp":${JSON.stringify(record.time)},"event":${JSON.stringify(event)},"organization":{"id":"${identity.tenantId}"},"record":`;
  return [Buffer.from(head), record.body, Buffer.from('}\n')];
}
export const bulkUrl = (target: ElasticTarget): string => `${target.url}/${encodeURIComponent(target.index)}/_bulk?filter_path=${FILTER}`;

/** Opens an index or data stream for one category. Nothing is sent before the first batch. */
export function openIndex({ target, identity, secrets, http }: ElasticIndex, options: { intervalMs: number }): OpenDestination {
  return {
    limits: { maxBytes: MAX_BYTES, maxRecords: 5_000, recordOverheadBytes: DOCUMENT_OVERHEAD, intervalMs: options.intervalMs },
    refuse: () => null,
    prepare: async () => ({ kind: 'prepared', prepared: { index: target.index } }),
    async send(records, _prepared, signal) {
      const bytes = records.reduce((sum, r) => sum + r.body.length, 0);
      const place = { url: target.url, index: target.index };
      if (records.length === 0) return { kind: 'accepted', bytes, place };
      try {
        const answer = await http.request({
          method: 'POST',
          url: bulkUrl(target),
          headers: { ...elasticHeaders(secrets), 'content-type': 'application/x-ndjson', 'content-encoding': 'gzip' },
          body: await pack(Buffer.concat(records.flatMap((r) => documentOf(identity, r))), { level: 1 }),
          signal,
          maxAnswerBytes: ANSWER_LIMIT,
        });
        if (answer.status !== 200) return refusedByElastic(answer, secrets);
        const items = ((json(answer)?.['items'] ?? []) as { create?: Item }[]).map((i) => i.create);
        if (items.length !== records.length || items.some((i) => typeof i?.status !== 'number')) {
          const message = `Elasticsearch told of ${items.length} documents, and ${records.length} were sent.`;
          return { kind: 'retry', fault: { code: 'IncompleteAnswer', message, remedy: null } };
        }
        const failures = items.flatMap((item) => refusedItem(item!, secrets) ?? []);
        const worst = failures.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))[0];
        if (worst) return worst;
        const there = items.filter((item) => item!.status === 409).length;
        const said = `200, ${items.length - there} created${there > 0 ? `, ${there} there already` : ''}`;
        return { kind: 'accepted', bytes, place, answer: said };
      } catch (error) {
        return connectionFailure(error);
      }
    },
    close: async () => http.close(),
  };
}
