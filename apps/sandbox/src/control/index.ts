import { timingSafeEqual } from 'node:crypto';
import express, { type Express } from 'express';
import type { PartnerName, Received } from '../partners/index.ts';
import { services, type Faults, type Misbehaviour, type Service } from '../faults/index.ts';

const kinds = ['throttle', 'refuse', 'hang', 'drop', 'down', 'partial'];
interface HubNamespace {
  setFault(fault: { kind: Misbehaviour['kind']; count?: number } | null): void;
}

/** The sandbox's own switchboard: what it is made of, and how it misbehaves. Guarded by a token of this start. */
export function createControl(options: {
  token: string;
  faults: Faults;
  hubs: ReadonlyMap<string, HubNamespace>;
  describe: () => object;
  received: Received;
}): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    const given = Buffer.from(request.headers.authorization ?? '');
    const wanted = Buffer.from(`Bearer ${options.token}`);
    if (given.length === wanted.length && timingSafeEqual(given, wanted)) return next();
    response.status(401).json({ error: 'The token of this start is needed; `weir sandbox --json` shows it.' });
  });
  app.get('/describe', (_request, response) => void response.json(options.describe()));
  app.get('/received/:partner', (request, response) => {
    const { place, after = '0', limit = '1000' } = request.query as Record<string, string | undefined>;
    response.json({ items: options.received.list(request.params.partner as PartnerName, place, Number(after), Number(limit)) });
  });
  app.get('/faults', (_request, response) => void response.json(options.faults.all()));
  app.put('/faults/:service', express.json(), (request, response) => {
    const service = request.params.service as Service;
    const fault = request.body as Misbehaviour;
    if (!services.includes(service))
      return void response.status(400).json({ error: `No service is named ${service}. There are: ${services.join(', ')}.` });
    if (!kinds.includes(fault.kind)) return void response.status(400).json({ error: `kind must be one of ${kinds.join(', ')}.` });
    if (service === 'eventHub') for (const namespace of options.hubs.values()) namespace.setFault(fault);
    options.faults.set(service, fault);
    response.status(204).end();
  });
  app.delete('/faults', (_request, response) => {
    options.faults.clear();
    for (const namespace of options.hubs.values()) namespace.setFault(null);
    response.status(204).end();
  });
  return app;
}
