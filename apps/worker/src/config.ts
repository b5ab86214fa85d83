import { batchDefaults } from '@weir/contract';
import { z } from 'zod';

const ms = (fallback: number, about: string) =>
  z.coerce
    .number()
    .int()
    .min(50)
    .max(86_400_000)
    .default(fallback)
    .meta({ description: `${about} In ms.` });
const secretKey = z.base64({ error: 'Expected 32 bytes in base64.' }).length(44, 'Expected 32 bytes in base64.');
const origin = z.url({ protocol: /^https?$/ }).transform((u) => u.replace(/\/+$/, ''));

/** Every variable that the worker reads. AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET are read by @azure/identity itself. */
export const configSchema = z.object({
  DATABASE_URL: z.string().min(1).meta({ description: 'PostgreSQL 15 or newer: postgres://user:password@host:5432/weir' }),
  WEIR_DIRECTORIES: z
    .string()
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text);
      } catch {
        context.addIssue({ code: 'custom', message: 'Expected a JSON list such as [{"tenantId":"<guid>","name":"Contoso"}].' });
        return z.NEVER;
      }
    })
    .pipe(z.array(z.object({ tenantId: z.guid().toLowerCase(), name: z.string().min(1) })).min(1))
    .meta({ description: 'Directories whose logs are read and routed, as JSON: [{"tenantId":"<guid>","name":"Contoso"}].' }),
  AZURE_AUTHORITY_HOST: origin
    .default('https://login.microsoftonline.com')
    .meta({ description: 'Where the engine’s own identity gets its tokens.' }),
  WEIR_ARM_ENDPOINT: origin.default('https://management.azure.com').meta({ description: 'Azure Resource Manager.' }),
  WEIR_ARM_SCOPE: z
    .string()
    .default('https://management.azure.com/.default')
    .meta({ description: 'Scope of tokens for Azure Resource Manager.' }),
  WEIR_GRAPH_ENDPOINT: origin.default('https://graph.microsoft.com').meta({ description: 'Microsoft Graph.' }),
  WEIR_GRAPH_SCOPE: z
    .string()
    .default('https://graph.microsoft.com/.default')
    .meta({ description: 'Scope of tokens for Microsoft Graph.' }),
  WEIR_MONITOR_SCOPE: z.string().default('https://monitor.azure.com/.default').meta({ description: 'Scope of tokens for Logs Ingestion.' }),
  WEIR_SECRET_KEY: secretKey.optional().meta({
    description:
      'Encrypts the secrets of partner solutions: 32 bytes in base64 (openssl rand -base64 32). Keep a copy: without it they are lost.',
  }),
  WEIR_SECRET_KEY_OLDER: secretKey
    .optional()
    .meta({ description: 'The key before, after a change of keys. The worker seals everything anew at its start; then this one can go.' }),
  WEIR_PRIVATE_ADDRESSES: z
    .string()
    .default('')
    .meta({ description: 'Networks that partner solutions may be in besides the public internet, such as 10.1.0.0/16, fd00::/8.' }),
  WEIR_ALLOW_HTTP: z
    .stringbool()
    .default(false)
    .meta({ description: 'Whether partner solutions may be reached over http, where everybody on the way can read records and secrets.' }),
  WEIR_PUBLIC_ORIGIN: origin.default('http://localhost:8480').meta({ description: 'Origin under which browsers reach the web server.' }),
  WEIR_LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ description: 'How much is logged.' }),
  WEIR_WORKER_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65_535)
    .default(8481)
    .meta({ description: 'Loopback port of /healthz, /readyz and /metrics of the worker.' }),
  WEIR_WORKER_SLOTS: z.coerce
    .number()
    .int()
    .min(1)
    .max(256)
    .default(16)
    .meta({ description: 'Deliveries that one worker moves at a time.' }),
  WEIR_STORAGE_INTERVAL_MS: ms(
    batchDefaults.storage.intervalSeconds * 1000,
    'At most one append to a storage account in this time, per category, where a setting says nothing else. Longer costs less: each append is a billed write.',
  ),
  WEIR_EVENT_HUB_INTERVAL_MS: ms(
    batchDefaults.eventHub.intervalSeconds * 1000,
    'At most one batch to an event hub in this time, per category, where a setting says nothing else.',
  ),
  WEIR_LOG_ANALYTICS_INTERVAL_MS: ms(
    batchDefaults.logAnalytics.intervalSeconds * 1000,
    'At most one call to a workspace in this time, per category, where a setting says nothing else.',
  ),
  WEIR_PARTNER_INTERVAL_MS: ms(
    batchDefaults.splunk.intervalSeconds * 1000,
    'At most one request to a partner solution in this time, per category, where a setting says nothing else.',
  ),
  WEIR_RETENTION_INTERVAL_MS: ms(
    60_000,
    'How often the worker looks for archived blobs that are past their retention days. At most an hour is sensible.',
  ),
  WEIR_LOG_RETENTION_INTERVAL_MS: ms(
    3_600_000,
    'How often the worker looks for records that are past the years that Weir itself keeps them.',
  ),
  WEIR_POLL_INTERVAL_MS: ms(500, 'How often the worker looks for due deliveries when nothing wakes it.'),
  WEIR_VERIFY_INTERVAL_MS: z.coerce
    .number()
    .int()
    .min(0)
    .max(30 * 86_400_000)
    .default(86_400_000)
    .meta({ description: 'How often each archive, and the log itself, is verified in the background. In ms; 0: never.' }),
  WEIR_VERIFY_REST_MS: ms(500, 'Rest between two blobs, or two steps of the log, while it is verified in the background.'),
  WEIR_ALERT_INTERVAL_MS: ms(15_000, 'How often the worker looks whether an alert is to be raised.'),
  WEIR_ALERT_HOLD_MS: ms(
    60_000,
    'An alert is raised when its cause has held for so long; five times as long for Failing, ten times for No records.',
  ),
  WEIR_ALERT_CLEAR_MS: ms(120_000, 'An alert recovers when its cause has been gone for so long; longer when it comes and goes.'),
  WEIR_ALERT_GROUP_MS: ms(60_000, 'What changes within this time is one notification.'),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'Where traces are sent, by OTLP over HTTP in JSON, such as http://localhost:4318. Without it nothing is traced. Other OTEL_ variables of the exporter hold, too.',
    }),
  WEIR_GRAPH_POLL_MS: ms(5_000, 'How often the audit log is read from Microsoft Graph.'),
});
export type WorkerConfig = z.output<typeof configSchema>;
/** The keys of secrets, the current one first. */
export const secretKeysOf = (config: Pick<WorkerConfig, 'WEIR_SECRET_KEY' | 'WEIR_SECRET_KEY_OLDER'>): string[] =>
  [config.WEIR_SECRET_KEY, config.WEIR_SECRET_KEY_OLDER].filter((key) => key !== undefined);

/** Reads the environment. Throws one sentence that names each variable and what is wrong; values are never shown. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = configSchema.safeParse(set);
  if (result.success) return result.data;
  throw new Error(
    `The configuration is not complete. ${result.error.issues.map((i) => `${i.path.join('.')}: ${env[String(i.path[0])] === undefined ? 'is not set.' : i.message}`).join(' ')}`,
  );
}
