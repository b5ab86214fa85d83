import type { DestinationsInput, ElasticTarget, PartnerType, SplunkTarget, WebhookTarget } from '@weir/contract';
import type { Failure, Secrets } from '@weir/engine';
import { elasticHeaders, refusedByElastic } from './elastic/bulk.ts';
import { createHttpClient, type HttpAnswer, type HttpClient, type NetworkPolicy } from './http/client.ts';
import { connectionFailure, json } from './http/outcomes.ts';
import { eventUrl, refusedByCollector } from './splunk/collector.ts';
import type { SettingFault } from './prepare-setting.ts';
import { refusedByReceiver } from './webhook/hook.ts';
import { signatureHeaders } from './webhook/sign.ts';

interface Try {
  http: HttpClient;
  secrets: Secrets;
  signal: AbortSignal;
  tenantId: string;
}
/** What is wrong, and at which field of the partner solution. */
type Wrong = { field: string; failure: Failure } | null;
const TIME_LIMIT_MS = 15_000;
const NO_DATA = 5;
const INCORRECT_INDEX = 7;

/**
 * Tries a partner solution before it is saved, without leaving a record there: can it be reached, does it take the secret, is the
 * index there. Never throws; what is wrong is named at its field, with what to do.
 */
export async function preparePartner(
  type: PartnerType,
  input: DestinationsInput,
  secrets: Secrets,
  options: { network: NetworkPolicy; tenantId: string },
): Promise<SettingFault[]> {
  const http = createHttpClient(options.network);
  const attempt = { http, secrets, signal: AbortSignal.timeout(TIME_LIMIT_MS), tenantId: options.tenantId };
  try {
    const wrong = await tries[type](input, attempt).catch((error: unknown) => ({ field: 'url', failure: connectionFailure(error) }));
    if (!wrong) return [];
    const { message, remedy } = wrong.failure.fault;
    return [{ path: `destinations.${type}.${wrong.field}`, message: [message, remedy].filter(Boolean).join(' ') }];
  } finally {
    http.close();
  }
}

const tries: Record<PartnerType, (input: DestinationsInput, attempt: Try) => Promise<Wrong>> = {
  splunk: ({ splunk }, attempt) => trySplunk(splunk!, attempt),
  elastic: ({ elastic }, attempt) => tryElastic(elastic!, attempt),
  webhook: ({ webhook }, attempt) => tryWebhook(webhook!, attempt),
};

/** A request without events is answered "No data" when the token is good, and leaves nothing behind. */
async function trySplunk(target: SplunkTarget, { http, secrets, signal }: Try): Promise<Wrong> {
  const post = (body: string): Promise<HttpAnswer> =>
    http.request({
      method: 'POST',
      url: eventUrl(target),
      headers: {
        authorization: `Splunk ${secrets.current['token']!.reveal()}`,
        'x-splunk-request-channel': crypto.randomUUID(),
        'content-type': 'application/json',
      },
      body: Buffer.from(body),
      signal,
    });
  const answer = await post('');
  const code = json(answer)?.['code'];
  if (code !== NO_DATA) {
    const failure = refusedByCollector(answer, secrets);
    return { field: typeof code === 'number' && failure.kind === 'misconfigured' ? 'token' : 'url', failure };
  }
  if (target.index === undefined) return null;
  // A blank event is never kept. Collectors that look at the index first tell whether it may be written to; from the others
  // the first delivery learns it.
  const blank = await post(JSON.stringify({ event: '', index: target.index }));
  if (json(blank)?.['code'] !== INCORRECT_INDEX) return null;
  return { field: 'index', failure: refusedByCollector(blank, secrets) };
}

/** A key may always ask for its own privileges. https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-security-has-privileges */
async function tryElastic(target: ElasticTarget, { http, secrets, signal }: Try): Promise<Wrong> {
  const { url, index } = target;
  const headers = elasticHeaders(secrets);
  const asked = { index: [{ names: [index], privileges: ['create_doc', 'auto_configure'] }] };
  const answer = await http.request({
    method: 'POST',
    url: `${url}/_security/user/_has_privileges`,
    headers: { ...headers, 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(asked)),
    signal,
  });
  if (answer.status !== 200) {
    const failure = refusedByElastic(answer, secrets);
    return { field: answer.status === 401 || answer.status === 403 ? 'apiKey' : 'url', failure };
  }
  const may = (json(answer)?.['index'] as Record<string, Record<string, boolean>> | undefined)?.[index];
  const wrong = (field: string, code: string, message: string, remedy: string): Wrong => ({
    field,
    failure: { kind: 'misconfigured', fault: { code, message, remedy } },
  });
  if (!may)
    return wrong('url', 'UnknownAnswer', 'This address does not answer as Elasticsearch does.', 'Check the address of the deployment.');
  if (!may['create_doc'])
    return wrong('apiKey', 'NoPrivilege', `The API key may not write to ${index}.`, 'Give it the privilege create_doc on it.');
  if (may['auto_configure']) return null;
  const there = await http.request({ method: 'HEAD', url: `${url}/${encodeURIComponent(index)}`, headers, signal });
  if (there.status !== 404) return null;
  return wrong(
    'index',
    'NoIndex',
    `There is no ${index}, and the API key may not create it.`,
    'Create it, or give the key auto_configure.',
  );
}

/** Statuses of an empty request that no records would change. */
const certain = new Set([401, 403, 404, 405, 410]);

/** An empty, signed request. A receiver may dislike it, so only what would meet every request counts. */
async function tryWebhook(target: WebhookTarget, { http, secrets, signal, tenantId }: Try): Promise<Wrong> {
  const body = Buffer.from(JSON.stringify({ type: 'records.check', tenantId, records: [] }));
  const seconds = Math.floor(Date.now() / 1000);
  const answer = await http.request({
    method: 'POST',
    url: target.url,
    headers: { 'content-type': 'application/json', ...signatureHeaders(secrets, `msg_check_${crypto.randomUUID()}`, seconds, body) },
    body,
    signal,
  });
  if (!certain.has(answer.status) && !(answer.status >= 300 && answer.status < 400)) return null;
  return { field: answer.status === 401 || answer.status === 403 ? 'secret' : 'url', failure: refusedByReceiver(answer, secrets) };
}
