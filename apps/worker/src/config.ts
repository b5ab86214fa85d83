import { z } from 'zod';

const ms = (fallback: number, about: string) =>
  z.coerce
    .number()
    .int()
    .min(50)
    .max(86_400_000)
    .default(fallback)
    .meta({ description: `${about} In ms.` });
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
    5_000,
    'At most one append to a storage account in this time, per category. Longer costs less: each append is a billed write.',
  ),
  WEIR_EVENT_HUB_INTERVAL_MS: ms(1_000, 'At most one batch to an event hub in this time, per category.'),
  WEIR_LOG_ANALYTICS_INTERVAL_MS: ms(2_000, 'At most one call to a workspace in this time, per category.'),
  WEIR_POLL_INTERVAL_MS: ms(500, 'How often the worker looks for due deliveries when nothing wakes it.'),
  WEIR_GRAPH_POLL_MS: ms(5_000, 'How often the audit log is read from Microsoft Graph.'),
});
export type WorkerConfig = z.output<typeof configSchema>;

/** Reads the environment. Throws one sentence that names each variable and what is wrong; values are never shown. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): WorkerConfig {
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const result = configSchema.safeParse(set);
  if (result.success) return result.data;
  throw new Error(
    `The configuration is not complete. ${result.error.issues.map((i) => `${i.path.join('.')}: ${env[String(i.path[0])] === undefined ? 'is not set.' : i.message}`).join(' ')}`,
  );
}
