import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenCredential } from '@azure/core-auth';
import { createAccess, createIntuneActions, createTokenValidator } from '@weir/access';
import type { SettingInput } from '@weir/contract';
import type { Logger } from 'pino';
import { createApp } from './app.ts';
import type { BffConfig } from './config.ts';
import { createGraphCall } from './features/azure/graph.ts';
import { createOnBehalfOf } from './features/azure/on-behalf-of.ts';
import { armOf, asPerson } from './features/azure/person.ts';
import { LiveHub } from './features/audit-logs/live/hub.ts';
import type { Notify } from './features/alerts/index.ts';
import type { SendTest } from './features/settings/trials.ts';
import { startExportRunner, type RunnerOptions } from './features/exports/runner.ts';
import type { DeriveStatus } from './features/settings/index.ts';
import { createLogger } from './http/log.ts';
import type { DestinationFault, SecretsOfSetting, Store } from './ports.ts';

export { configSchema, loadConfig, secretKeysOf, type BffConfig } from './config.ts';
export type * from './ports.ts';

/** What the web server is given. */
export interface BffDeps {
  readonly store: Store;
  readonly deriveStatus: DeriveStatus;
  /** Sends one notification to a channel of alerts. */
  readonly notify: Notify;
  /** Makes ready what a setting needs at its destinations, with the admin's own rights. Faults name the field. */
  readonly prepare: (
    credential: TokenCredential,
    tenantId: string,
    provider: string,
    input: SettingInput,
    secrets: SecretsOfSetting['secrets'],
  ) => Promise<DestinationFault[]>;
  /** Sends one test record to a destination, the way that the worker sends. */
  readonly sendTest: SendTest;
  /** Where log lines go, when not to standard output. */
  readonly logger?: Logger;
  readonly now?: () => Date;
  /** Checks every answer against the contract too: for tests. */
  readonly checkResponses?: boolean;
  /** For tests: how often jobs are looked for, and how long they are held. */
  readonly exports?: Partial<RunnerOptions>;
  /** How long running requests may take to end when the server closes. */
  readonly drainMs?: number;
}
export interface RunningBff {
  readonly port: number;
  /** Lets running requests end (10 seconds, or `drainMs`), breaks off the others, and closes the store when their work has ended. */
  close(): Promise<void>;
}

const DRAIN_MS = 10_000;
/** An aborted request ends after its running statement and its record; one that takes longer is left behind. */
const SETTLE_MS = 5_000;

/** Starts the web server. Throws a sentence when the port is taken. */
export async function startBff(config: BffConfig, deps: BffDeps): Promise<RunningBff> {
  const logger = deps.logger ?? createLogger(config.WEIR_LOG_LEVEL);
  const credentialOf = createOnBehalfOf(config);
  const actionsOf = createIntuneActions({
    call: createGraphCall({ credentialOf, endpoint: config.WEIR_GRAPH_ENDPOINT, scope: config.WEIR_GRAPH_SCOPE }),
    onUnavailable: (error, { tenantId, oid }) => logger.warn({ err: error, tenantId, oid }, 'the Intune role check could not be made'),
  });
  const running = new Set<Promise<unknown>>();
  const live = new LiveHub(deps.store, logger);
  const keptMs = config.WEIR_EXPORT_DAYS * 86_400_000;
  const app = createApp(config, {
    ...deps,
    logger,
    running,
    live,
    keptMs,
    wakeExports: () => runner.wake(),
    validate: createTokenValidator({
      authorityHost: config.WEIR_AUTHORITY_HOST,
      tenantIds: config.WEIR_DIRECTORIES.map((d) => d.tenantId),
      apiClientId: config.WEIR_API_CLIENT_ID,
      spaClientIds: [config.WEIR_SPA_CLIENT_ID, ...config.WEIR_SCRIPT_CLIENT_IDS],
    }),
    accessOf: createAccess(actionsOf),
    azureOf: ({ principal, token }) => {
      // Made when the first token is asked for: a request that Azure is not needed for does not fail for want of it.
      const credential: TokenCredential = {
        getToken: (scopes, options) => credentialOf(principal.tenantId, token).getToken(scopes, options),
      };
      return {
        ...armOf({ credential, endpoint: config.WEIR_ARM_ENDPOINT, scope: config.WEIR_ARM_SCOPE }),
        prepare: (tenantId, provider, input, secrets) => asPerson(deps.prepare(credential, tenantId, provider, input, secrets)),
      };
    },
  });

  const server = createServer(app);
  server.listen(config.WEIR_PORT, config.WEIR_HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') {
      throw new Error(`Port ${config.WEIR_PORT} is taken on ${config.WEIR_HOST}. Stop what listens there, or set WEIR_PORT.`, {
        cause: error,
      });
    }
    throw error;
  }
  const runner = startExportRunner(deps.store, logger, { keptMs, tenantBytes: config.WEIR_EXPORT_GB * 1e9, ...deps.exports });
  const { port } = server.address() as AddressInfo;
  logger.info({ port, origin: config.WEIR_PUBLIC_ORIGIN }, 'listening');

  return {
    port,
    async close() {
      const stopped = runner.stop();
      const force = setTimeout(() => server.closeAllConnections(), deps.drainMs ?? DRAIN_MS);
      const closed = once(server, 'close');
      server.close();
      // Streams would never end by themselves.
      await live.close();
      server.closeIdleConnections();
      await closed;
      clearTimeout(force);
      // A broken-off export still has to write its record.
      await Promise.race([Promise.allSettled([...running, stopped]), sleep(SETTLE_MS, undefined, { ref: false })]);
      await deps.store.close();
    },
  };
}
