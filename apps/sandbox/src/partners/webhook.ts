import { createHmac, timingSafeEqual } from 'node:crypto';
import { Router } from 'express';
import type { Faults } from '../faults/index.ts';
import { finish, misbehave, readBody } from './body.ts';
import { elementsOf, membersOf } from './json-text.ts';
import type { Received } from './received.ts';

const MAX_CONTENT = 2 << 20;
/** How old or new a request may be. https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const TOLERANCE_S = 5 * 60;

/** Receivers of webhooks, one for each path below /hooks: each checks the signature and keeps what came. */
export function createWebhooks(options: { secret: string; received: Received; faults: Faults }): Router {
  const router = Router();
  router.use(
    misbehave(options.faults, 'webhook', {
      throttle: (response, retryAfter) => void response.set('retry-after', retryAfter).status(429).json({ error: 'Too many requests.' }),
      refuse: (response) => void response.status(403).json({ error: 'You may not post here.' }),
    }),
  );
  const key = Buffer.from(options.secret.replace(/^whsec_/, ''), 'base64');

  router.post('/hooks/:name', async (request, response) => {
    const body = await readBody(request, MAX_CONTENT);
    if (body === null) return void response.status(413).json({ error: `At most ${MAX_CONTENT} bytes.` });
    const id = request.get('webhook-id') ?? '';
    const at = request.get('webhook-timestamp') ?? '';
    const wanted = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest();
    const signed = (request.get('webhook-signature') ?? '').split(' ').some((one) => {
      const given = Buffer.from(one.replace(/^v1,/, ''), 'base64');
      return one.startsWith('v1,') && given.length === wanted.length && timingSafeEqual(given, wanted);
    });
    if (id === '' || !signed) return void response.status(401).json({ error: 'The signature does not fit.' });
    if (Math.abs(Date.now() / 1000 - Number(at)) > TOLERANCE_S)
      return void response.status(401).json({ error: 'The time is too far off.' });
    let records: string[];
    try {
      JSON.parse(body);
      const members = membersOf(body);
      // Alerts come to the same door; each is kept whole.
      records = members.get('type')?.startsWith('"alerts.') ? [body] : elementsOf(members.get('records') ?? '[]');
    } catch {
      return void response.status(400).json({ error: 'The body is not JSON.' });
    }
    // For trying out what a receiver may answer.
    const gone = { gone: 410, moved: 301, broken: 500 }[request.params['name']];
    if (gone) return void response.set('location', 'http://169.254.169.254/').status(gone).json({ error: 'as named' });
    if (records.some((r) => r.includes('"Poison"'))) return void response.status(422).json({ error: 'A record is not liked here.' });
    options.received.together(() => {
      for (const record of records)
        options.received.add('webhook', { place: `/hooks/${request.params['name']}`, key: null, messageId: id, body: record });
    });
    finish(request, response, 200, { received: records.length });
  });
  router.use((_request, response) => void response.status(404).json({ error: 'There is no receiver here.' }));
  return router;
}
