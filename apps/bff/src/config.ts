import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const origin = (example: string) =>
  z.url({ protocol: /^https?$/, error: `Expected an address such as ${example}.` }).transform((u) => u.replace(/\/+$/, ''));
const blankIsUnset = <T extends z.ZodType>(schema: T) => z.preprocess((v) => (v === '' ? undefined : v), schema);

const secretKey = z.base64({ error: 'Expected 32 bytes in base64.' }).length(44, 'Expected 32 bytes in base64.');

const directories = z
  .string({ error: 'Expected a JSON list such as [{"tenantId":"<guid>","name":"Contoso"}].' })
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'Expected a JSON list such as [{"tenantId":"<guid>","name":"Contoso"}].' });
      return z.NEVER;
    }
  })
  .pipe(z.array(z.object({ tenantId: z.guid().toLowerCase(), name: z.string().min(1) })).min(1, 'Name at least one directory.'));

/** Every variable that the web server reads. */
export const configSchema = z.object({
  DATABASE_URL: z.string().min(1).meta({ description: 'PostgreSQL 15 or newer: postgres://user:password@host:5432/weir' }),
  WEIR_DIRECTORIES: directories.meta({
    description: 'Directories that may sign in, as JSON: [{"tenantId":"<guid>","name":"Contoso"}]. The first is the default.',
  }),
  WEIR_AUTHORITY_HOST: blankIsUnset(origin('https://login.microsoftonline.com').default('https://login.microsoftonline.com')).meta({
    description: 'Where people sign in.',
  }),
  WEIR_ARM_ENDPOINT: blankIsUnset(origin('https://management.azure.com').default('https://management.azure.com')).meta({
    description: 'Azure Resource Manager.',
  }),
  WEIR_ARM_SCOPE: blankIsUnset(z.string().default('https://management.azure.com/.default')).meta({
    description: 'Scope of tokens for Azure Resource Manager.',
  }),
  AZURE_AUTHORITY_HOST: blankIsUnset(origin('https://login.microsoftonline.com').default('https://login.microsoftonline.com')).meta({
    description: 'Where the engine’s own identity gets its tokens.',
  }),
  WEIR_GRAPH_ENDPOINT: blankIsUnset(origin('https://graph.microsoft.com').default('https://graph.microsoft.com')).meta({
    description: 'Microsoft Graph.',
  }),
  WEIR_GRAPH_SCOPE: blankIsUnset(z.string().default('https://graph.microsoft.com/.default')).meta({
    description: 'Scope of tokens for Microsoft Graph.',
  }),
  WEIR_MONITOR_SCOPE: blankIsUnset(z.string().default('https://monitor.azure.com/.default')).meta({
    description: 'Scope of tokens for Logs Ingestion.',
  }),
  WEIR_SECRET_KEY: blankIsUnset(secretKey.optional()).meta({
    description:
      'Encrypts the secrets of partner solutions: 32 bytes in base64 (openssl rand -base64 32). Keep a copy: without it they are lost.',
  }),
  WEIR_SECRET_KEY_OLDER: blankIsUnset(secretKey.optional()).meta({
    description: 'The key before, after a change of keys. The worker seals everything anew at its start; then this one can go.',
  }),
  WEIR_PRIVATE_ADDRESSES: blankIsUnset(z.string().default('')).meta({
    description: 'Networks that partner solutions may be in besides the public internet, such as 10.1.0.0/16, fd00::/8.',
  }),
  WEIR_ALLOW_HTTP: blankIsUnset(z.stringbool().default(false)).meta({
    description: 'Whether partner solutions may be reached over http, where everybody on the way can read records and secrets.',
  }),
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .meta({
      description:
        'Where traces are sent, by OTLP over HTTP in JSON, such as http://localhost:4318. Without it nothing is traced. Other OTEL_ variables of the exporter hold, too.',
    }),
  WEIR_LOG_LEVEL: blankIsUnset(z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info')).meta({
    description: 'How much is logged.',
  }),
  WEIR_HOST: blankIsUnset(z.string().default('127.0.0.1')).meta({ description: 'Address that the web server listens on.' }),
  WEIR_PORT: blankIsUnset(z.coerce.number().int().min(0).max(65_535).default(8480)).meta({
    description: 'Port that the web server listens on.',
  }),
  WEIR_PUBLIC_ORIGIN: blankIsUnset(origin('https://weir.contoso.com').default('http://localhost:8480')).meta({
    description: 'Origin under which browsers reach the web server.',
  }),
  WEIR_SPA_CLIENT_ID: z.string().min(1).meta({ description: 'Client id of the app registration of the browser app.' }),
  WEIR_SCRIPT_CLIENT_IDS: blankIsUnset(
    z
      .string()
      .default('')
      .transform((text) => text.split(/[\s,;]+/).filter(Boolean)),
  ).meta({
    description:
      'Client ids of further applications whose sign-ins are taken, for scripts (docs/graph.md), comma separated. The Azure CLI is 04b07795-8ddb-461a-bbee-02f9e1bf7b46.',
  }),
  WEIR_API_CLIENT_ID: z.string().min(1).meta({ description: 'Client id of the app registration of the API: the audience of its tokens.' }),
  WEIR_API_CLIENT_SECRET: blankIsUnset(z.string().optional()).meta({
    description: 'Secret of the API registration. Without it nothing can be asked of Azure or Graph on behalf of the person.',
  }),
  WEIR_SIGN_IN_ORIGIN: blankIsUnset(origin('http://localhost:4310').optional()).meta({
    description: 'Origin where browsers reach the authority, when it is not WEIR_AUTHORITY_HOST.',
  }),
  WEIR_EXPORT_DAYS: blankIsUnset(z.coerce.number().min(0.01).max(365).default(7)).meta({
    description: 'Days for which the file of an export is kept.',
  }),
  WEIR_EXPORT_GB: blankIsUnset(z.coerce.number().min(0.001).max(10_000).default(10)).meta({
    description: 'GB that the files of the exports of one directory may take in the database, compressed.',
  }),
  WEIR_NOTICE: blankIsUnset(z.string().optional()).meta({ description: 'Text that stands above every page.' }),
  WEIR_WEB_ROOT: blankIsUnset(z.string().default(fileURLToPath(new URL('../../web/dist', import.meta.url)))).meta({
    description: 'Folder of the built browser app. Left out: apps/web/dist.',
  }),
});
export type BffConfig = z.output<typeof configSchema>;
/** The keys of secrets, the current one first. */
export const secretKeysOf = (config: Pick<BffConfig, 'WEIR_SECRET_KEY' | 'WEIR_SECRET_KEY_OLDER'>): string[] =>
  [config.WEIR_SECRET_KEY, config.WEIR_SECRET_KEY_OLDER].filter((key) => key !== undefined);

/** Reads the environment. Throws one sentence that names each variable and what is wrong with it; values are never shown. */
export function loadConfig(env: Readonly<Record<string, string | undefined>>): BffConfig {
  const result = configSchema.safeParse(env);
  if (result.success) return result.data;
  const faults = result.error.issues.map((i) => {
    const name = String(i.path[0]);
    return env[name] === undefined ? `${name} is not set: ${describe(name)}` : `${i.path.join('.')}: ${i.message}`;
  });
  throw new Error(`The configuration is not complete. ${[...new Set(faults)].join(' ')}`);
}

function describe(name: string): string {
  const field = configSchema.shape[name as keyof typeof configSchema.shape];
  return field?.meta()?.['description'] as string;
}
