import { Router, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import { fits, type HecToken } from './accounts.ts';
import { faultOf, finish, misbehave, readBody } from './body.ts';
import { JsonTextError, membersOf, valuesIn } from './json-text.ts';
import type { Received } from './received.ts';

/** What the collector takes in one request, unpacked. 800 MB in a real one by default; smaller here, so that it can be reached. */
const MAX_CONTENT = 16 << 20;
/** How long the indexers take. */
const INDEXING_MS = 150;
/** https://help.splunk.com/en/splunk-enterprise/get-data-in/collect-http-event-data/troubleshoot-http-event-collector */
const codes = {
  1: [403, 'Token disabled'],
  2: [401, 'Token is required'],
  3: [401, 'Invalid authorization'],
  4: [403, 'Invalid token'],
  5: [400, 'No data'],
  6: [400, 'Invalid data format'],
  7: [400, 'Incorrect index'],
  9: [503, 'Server is busy'],
  10: [400, 'Data channel is missing'],
  11: [400, 'Invalid data channel'],
  12: [400, 'Event field is required'],
  13: [400, 'Event field cannot be blank'],
  14: [400, 'ACK is disabled'],
  17: [200, 'HEC is healthy'],
} as const;
type Code = keyof typeof codes;
const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The HTTP Event Collector: tokens, channels, indexes, indexer acknowledgement, and its codes. */
export function createSplunk(options: { tokens: readonly HecToken[]; received: Received; faults: Faults }): Router {
  const { received, faults } = options;
  /** Acknowledgements by channel: when each becomes true. They are gone once they were told. */
  const channels = new Map<string, Map<number, number>>();
  let nextAck = 0;
  const router = Router();
  const say = (response: Response, code: Code, more: object = {}) =>
    response.status(codes[code][0]).json({ text: codes[code][1], code, ...more });
  router.use(
    misbehave(faults, 'splunk', {
      throttle: (response, retryAfter) => void say(response.set('retry-after', retryAfter), 9),
      refuse: (response) => void say(response, 4),
    }),
  );

  function tokenOf(request: Request, response: Response): HecToken | null {
    const header = request.headers.authorization;
    const given = /^Splunk (.+)$/.exec(header ?? '')?.[1];
    const token = options.tokens.find((t) => t.token === given);
    if (header === undefined) say(response, 2);
    else if (given === undefined) say(response, 3);
    else if (!token) say(response, 4);
    else if (token.disabled) say(response, 1);
    else return token;
    request.resume();
    return null;
  }
  const channelOf = (request: Request): string | undefined =>
    request.get('x-splunk-request-channel') ?? (request.query['channel'] as string | undefined);

  /** What is wrong with an event; null when nothing is. Indexes it. */
  function index(text: string, token: HecToken): Code | null {
    let members: Map<string, string>;
    try {
      JSON.parse(text);
      if (!text.startsWith('{')) return 6;
      members = membersOf(text);
    } catch {
      return 6;
    }
    const named = members.get('index');
    const place = named === undefined ? token.indexes[0]! : (JSON.parse(named) as string);
    if (!fits(token.indexes, place)) return 7;
    const event = members.get('event');
    if (event === undefined) return 12;
    if (event === '""' || event === 'null') return 13;
    const fields = JSON.parse(members.get('fields') ?? '{}') as Record<string, unknown>;
    if (Object.values(fields).some((v) => typeof v === 'object')) return 6;
    received.add('splunk', { place, key: null, messageId: String(fields['record_id'] ?? ''), body: event });
    return null;
  }

  router.post(/^\/services\/collector(\/event(\/1\.0)?)?$/, async (request, response) => {
    const token = tokenOf(request, response);
    if (!token) return;
    const channel = channelOf(request);
    const body = await readBody(request, MAX_CONTENT);
    if (body === null) return void response.status(413).type('text/plain').send(`Content-Length is too large (maximum is ${MAX_CONTENT})`);
    if (token.acknowledgement && channel === undefined) return void say(response, 10);
    if (channel !== undefined && !guid.test(channel)) return void say(response, 11);
    if (body.trim() === '') return void say(response, 5);
    // Events before a bad one are indexed, as in a real collector.
    const wrong = received.together(() => {
      let number = 0;
      try {
        for (const event of valuesIn(body)) {
          const code = index(event, token);
          if (code !== null) return { code, number };
          number += 1;
        }
      } catch (error) {
        if (error instanceof JsonTextError) return { code: 6 as const, number };
        throw error;
      }
      return null;
    });
    if (wrong) return void say(response, wrong.code, { 'invalid-event-number': wrong.number });
    if (!token.acknowledgement) return finish(request, response, 200, { text: 'Success', code: 0 });
    const ackId = nextAck++;
    const known = channels.get(channel!) ?? new Map<number, number>();
    channels.set(channel!, known.set(ackId, faultOf(response) === 'partial' ? Number.POSITIVE_INFINITY : Date.now() + INDEXING_MS));
    finish(request, response, 200, { text: 'Success', code: 0, ackId });
  });

  router.post('/services/collector/ack', async (request, response) => {
    const token = tokenOf(request, response);
    if (!token) return;
    const body = await readBody(request, 1 << 20);
    const channel = channelOf(request);
    if (!token.acknowledgement) return void say(response, 14);
    if (channel === undefined) return void say(response, 10);
    const { acks = [] } = JSON.parse(body || '{}') as { acks?: number[] };
    const known = channels.get(channel);
    const told = acks.map((id) => [id, (known?.get(id) ?? Number.POSITIVE_INFINITY) <= Date.now()] as const);
    for (const [id, done] of told) if (done) known?.delete(id);
    finish(request, response, 200, { acks: Object.fromEntries(told) });
  });

  router.get(/^\/services\/collector\/health(\/1\.0)?$/, (_request, response) => void say(response, 17));
  router.use(
    (_request, response) => void response.status(404).json({ text: 'The requested URL was not found on this server.', code: 404 }),
  );
  return router;
}
