import type { Access, Principal } from '@weir/access';
import { openApiDocument } from '@weir/contract/openapi';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Logger } from 'pino';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { BffConfig } from './config.ts';
import { bindAlerts, type Notify } from './features/alerts/index.ts';
import { bindArm } from './features/arm/index.ts';
import { bindAuditLogs } from './features/audit-logs/index.ts';
import { bindLive } from './features/audit-logs/live/index.ts';
import type { LiveHub } from './features/audit-logs/live/hub.ts';
import { bindAuditObjects } from './features/audit-objects/index.ts';
import { bindAzure } from './features/azure/index.ts';
import { bindDeliveries } from './features/deliveries/index.ts';
import { bindGraph } from './features/graph/index.ts';
import { bindHome } from './features/home/index.ts';
import { bindExports } from './features/exports/index.ts';
import { bindLogRetention } from './features/log-retention/index.ts';
import { bindSession } from './features/session.ts';
import { bindViews } from './features/views.ts';
import { bindSettings, type DeriveStatus } from './features/settings/index.ts';
import { bindTrials, type SendTest } from './features/settings/trials.ts';
import { bindSettingPages } from './features/settings/pages.ts';
import { createApi, guardOf, type Caller } from './http/bind.ts';
import { requestLog } from './http/log.ts';
import { HttpProblem, problemFrom } from './http/problem.ts';
import { hostCheck, securityHeaders } from './http/security.ts';
import { serveSpa } from './http/spa.ts';
import { traceRequests } from './http/trace.ts';
import type { AzureOfPerson, Store } from './ports.ts';

export interface AppServices {
  readonly store: Store;
  readonly logger: Logger;
  readonly validate: (token: string) => Promise<Principal>;
  readonly accessOf: (principal: Principal, token: string) => Promise<Access>;
  readonly azureOf: (caller: Caller) => AzureOfPerson;
  readonly deriveStatus: DeriveStatus;
  readonly notify: Notify;
  readonly sendTest: SendTest;
  /** For so long the file of an export is kept. */
  readonly keptMs: number;
  readonly wakeExports: () => void;
  readonly now?: () => Date;
  readonly checkResponses?: boolean;
  /** Holds the work of each request until it has ended, which may be after its connection. */
  readonly running: Set<Promise<unknown>>;
  readonly live: LiveHub;
}

/** The whole web server as an Express app, not yet listening. */
export function createApp(config: BffConfig, services: AppServices): Express {
  const { store, logger, now = () => new Date() } = services;
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.use(traceRequests(), requestLog(logger), securityHeaders(config.WEIR_PUBLIC_ORIGIN), hostCheck(config.WEIR_PUBLIC_ORIGIN));
  operations(app, store);

  const api = createApi(app, {
    validate: services.validate,
    accessOf: services.accessOf,
    checkResponses: services.checkResponses ?? false,
    running: services.running,
  });
  bindSession(api, config);
  bindAuditLogs(api, store, now);
  bindLive(api, services.live);
  bindAuditObjects(api, store, now);
  bindExports(api, { store, now, keptMs: services.keptMs, wake: services.wakeExports });
  bindViews(api, store);
  bindSettings(api, { store, azureOf: services.azureOf, deriveStatus: services.deriveStatus, now });
  bindSettingPages(api, { store });
  bindTrials(api, { store, azureOf: services.azureOf, sendTest: services.sendTest, now });
  bindDeliveries(api, { store, now });
  bindHome(api, { store, deriveStatus: services.deriveStatus, now });
  bindAlerts(api, {
    store,
    notify: services.notify,
    directories: config.WEIR_DIRECTORIES,
    publicOrigin: config.WEIR_PUBLIC_ORIGIN,
    now,
  });
  bindLogRetention(api, store);
  bindAzure(api, store, services.azureOf);
  const document = openApiDocument('0.1.0');
  app.get('/api/openapi.json', (_request, response) => void response.set('Cache-Control', 'no-store').json(document));
  api.close();
  app.all(['/api', '/api/{*path}'], (request) => {
    throw new HttpProblem(
      'not.found',
      `There is no ${request.method} ${request.path.slice(0, 200)}. /api/openapi.json lists what there is.`,
    );
  });

  bindGraph(app, {
    store,
    publicOrigin: config.WEIR_PUBLIC_ORIGIN,
    guard: guardOf('intune.audit.read', services),
    running: services.running,
  });

  bindArm(app, {
    store,
    azureOf: services.azureOf,
    guards: { read: guardOf('intune.settings.read', services), write: guardOf('intune.settings.write', services) },
    running: services.running,
  });

  serveSpa(app, { webRoot: config.WEIR_WEB_ROOT, signInOrigins: [config.WEIR_SIGN_IN_ORIGIN ?? config.WEIR_AUTHORITY_HOST] });
  app.use((request) => {
    throw new HttpProblem('method.not.allowed', `${request.method} is not possible here. Use GET.`, { headers: { Allow: 'GET, HEAD' } });
  });
  app.use(answerProblem);
  return app;
}

function operations(app: Express, store: Store): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'weir_http_request_duration_seconds',
    help: 'Time from request to the end of the answer.',
    labelNames: ['method', 'route', 'status'] as const,
    registers: [registry],
  });
  app.use((request, response, next) => {
    const end = duration.startTimer();
    response.on('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      end({ method: request.method, route: typeof route === 'string' ? route : 'other', status: String(response.statusCode) });
    });
    next();
  });
  app.get('/healthz', (_request, response) => void response.type('text/plain').send('ok\n'));
  app.get('/readyz', async (_request, response) => {
    const ready = await store.ping().then(
      () => true,
      () => false,
    );
    response
      .status(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'The database does not answer.\n');
  });
  app.get('/metrics', async (_request, response) => void response.type(registry.contentType).send(await registry.metrics()));
}

const answerProblem: ErrorRequestHandler = (error, request, response, _next) => {
  const problem = problemFrom(error);
  // Nobody waits for the answer any more: what was cancelled for that reason is no failure.
  const left = response.destroyed && !response.writableEnded;
  if (problem.status >= 500 && !left) request.log.error({ err: problem.cause ?? error, code: problem.code }, 'request failed');
  if (response.headersSent || left) {
    // Half a file must not look like a whole one: the connection breaks, and the client sees that.
    response.destroy();
    return;
  }
  response
    .status(problem.status)
    .set({ 'Cache-Control': 'no-store', ...problem.extras.headers })
    .type('application/problem+json')
    .send(JSON.stringify(problem.toBody(String(request.id))));
};
