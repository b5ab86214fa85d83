import { Router, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import { fits, type ApiKey } from './accounts.ts';
import { faultOf, finish, misbehave, readBody } from './body.ts';
import { membersOf } from './json-text.ts';
import { createMappings } from './mappings.ts';
import type { Received } from './received.ts';

/** `http.max_content_length`; 100 MB in a real cluster, smaller here so that it can be reached. */
const MAX_CONTENT = 32 << 20;
const nameRule = /^(?![-_+.])[^\\/*?"<>|\s,#:A-Z]{1,255}$/;

interface Refused {
  status: number;
  type: string;
  reason: string;
}

/** Elasticsearch, as far as it is written to: API keys, bulk `create` with ids, mappings that refuse, data streams, search. */
export function createElastic(options: { apiKeys: readonly ApiKey[]; received: Received; faults: Faults }): Router {
  const { received, faults } = options;
  const mappings = createMappings();
  for (const place of received.places('elastic'))
    for (const { body } of received.list('elastic', place, 0, 1_000)) mappings.learn(place, JSON.parse(body) as object);
  const router = Router();
  const fail = (response: Response, { status, type, reason }: Refused) =>
    response.status(status).json({ error: { root_cause: [{ type, reason }], type, reason }, status });
  const security = (reason: string, status = 403): Refused => ({ status, type: 'security_exception', reason });
  router.use(
    misbehave(faults, 'elastic', {
      throttle: (response, retryAfter) =>
        void fail(response.set('retry-after', retryAfter), {
          status: 429,
          type: 'es_rejected_execution_exception',
          reason: 'rejected execution of coordinating operation',
        }),
      refuse: (response) => void fail(response, security('action [indices:data/write/bulk[s]] is unauthorized for API key')),
    }),
  );

  const keyOf = (request: Request, response: Response): ApiKey | null => {
    const given = /^ApiKey (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    const key = options.apiKeys.find((k) => k.encoded === given);
    if (!key) {
      request.resume();
      fail(
        response,
        security('unable to authenticate with provided credentials and anonymous access is not allowed for this request', 401),
      );
    }
    return key ?? null;
  };

  /** One document of a bulk request. */
  function create(index: string, id: string | undefined, source: string, key: ApiKey): Refused | 'created' {
    if (!nameRule.test(index)) return { status: 400, type: 'invalid_index_name_exception', reason: `Invalid index name [${index}]` };
    if (!fits(key.indexes, index)) return security(`action [indices:data/write/bulk[s]] is unauthorized for API key on indices [${index}]`);
    let document: Record<string, unknown>;
    try {
      document = JSON.parse(source) as Record<string, unknown>;
      membersOf(source);
    } catch {
      return { status: 400, type: 'document_parsing_exception', reason: '[1:1] failed to parse' };
    }
    if (index.startsWith('logs-') && document['@timestamp'] === undefined)
      return {
        status: 400,
        type: 'document_parsing_exception',
        reason: 'data stream timestamp field [@timestamp] is missing',
      };
    const wrong = mappings.learn(index, document);
    if (wrong) return { status: 400, ...wrong };
    if (received.add('elastic', { place: index, key: id ?? crypto.randomUUID(), body: source })) return 'created';
    return {
      status: 409,
      type: 'version_conflict_engine_exception',
      reason: `[${id}]: version conflict, document already exists (current version [1])`,
    };
  }

  async function bulk(request: Request, response: Response): Promise<void> {
    const key = keyOf(request, response);
    if (!key) return;
    const body = await readBody(request, MAX_CONTENT);
    if (body === null) return void response.status(413).type('text/plain').send('');
    const illegal = (reason: string) => void fail(response, { status: 400, type: 'illegal_argument_exception', reason });
    if (!/^application\/(x-ndjson|json)/.test(request.headers['content-type'] ?? ''))
      return void response.status(406).json({ error: 'Content-Type header is not supported', status: 406 });
    if (!body.endsWith('\n')) return illegal('The bulk request must be terminated by a newline [\\n]');
    const lines = body.split('\n').slice(0, -1);
    const items: { create: Record<string, unknown> }[] = [];
    try {
      received.together(() => {
        for (let i = 0; i < lines.length; i += 2) {
          const action = (JSON.parse(lines[i]!) as { create?: { _index?: string; _id?: string } }).create;
          if (!action || lines[i + 1] === undefined) throw new SyntaxError(`Malformed action/metadata line [${i + 1}]`);
          const index = action._index ?? String(request.params['index'] ?? '');
          const busy = faultOf(response) === 'partial' && (i / 2) % 2 === 1;
          const outcome = busy
            ? { status: 429, type: 'es_rejected_execution_exception', reason: 'rejected execution of primary operation' }
            : create(index, action._id, lines[i + 1]!, key);
          items.push({
            create:
              outcome === 'created'
                ? { _index: index, _id: action._id, status: 201, result: 'created' }
                : { _index: index, _id: action._id, status: outcome.status, error: { type: outcome.type, reason: outcome.reason } },
          });
        }
      });
    } catch (error) {
      if (error instanceof SyntaxError) return illegal(error.message);
      throw error;
    }
    const errors = items.some((i) => (i.create['status'] as number) > 299);
    finish(request, response, 200, request.query['filter_path'] ? { errors, items } : { took: 1, errors, items });
  }
  router.post('/_bulk', bulk);
  router.post('/:index/_bulk', bulk);

  router.post('/_security/user/_has_privileges', async (request, response) => {
    const key = keyOf(request, response);
    if (!key) return;
    const asked = (JSON.parse((await readBody(request, 1 << 20)) || '{}') as { index?: { names: string[]; privileges: string[] }[] }).index;
    const index = Object.fromEntries(
      (asked ?? []).flatMap(({ names, privileges }) =>
        names.map((name) => [
          name,
          Object.fromEntries(privileges.map((p) => [p, fits(key.indexes, name) && (p !== 'auto_configure' || key.autoConfigure)])),
        ]),
      ),
    );
    response.json({ username: key.name, has_all_requested: Object.values(index).every((p) => Object.values(p).every(Boolean)), index });
  });
  router.head('/:index', (request, response) => {
    if (!keyOf(request, response)) return;
    response.status(received.list('elastic', request.params['index'], 0, 1).length > 0 ? 200 : 404).end();
  });
  router.get('/:index/_count', (request, response) => {
    if (!keyOf(request, response)) return;
    response.json({ count: received.list('elastic', request.params['index'], 0, 1_000_000).length });
  });
  router.get('/:index/_search', (request, response) => {
    if (!keyOf(request, response)) return;
    const found = received.list('elastic', request.params['index'], 0, Number(request.query['size'] ?? 10));
    const hits = found.map((r) => ({ _index: r.place, _id: r.key, _source: JSON.parse(r.body) as object }));
    response.json({ hits: { total: { value: hits.length, relation: 'eq' }, hits } });
  });
  router.use((request, response) => {
    const reason = `no handler found for uri [${request.url}] and method [${request.method}]`;
    fail(response, { status: 400, type: 'illegal_argument_exception', reason });
  });
  return router;
}
