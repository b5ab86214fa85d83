/**
 * The Diagnostics settings list and the home page through the web server, with 5 settings and 100 deliveries that delivered in
 * every minute of the last day: p50 and p95 of 200 requests, from the request to the last byte. `--records N` (100,000) in the log.
 */
import pg from 'pg';
import { auditRecords } from '@weir/testkit';
import { startServer, TENANT } from './server.ts';

const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 100_000;
const RUNS = 200;
const actor = { oid: '1', upn: 'bench@contoso.example', name: 'Bench', correlationId: 'bench' };
const server = await startServer();
for (let n = 0; n < total; n += 1000) await server.store.log.append(TENANT, auditRecords(1000, n));

const { settings } = server.store.forTenant(TENANT);
const arm = (kind: string, n: number) => `/subscriptions/s/resourceGroups/g/providers/${kind}${n}`;
const categories = ['AuditLogs', 'OperationalLogs', 'DeviceComplianceOrg', 'Devices'];
for (let n = 0; n < 5; n += 1) {
  await settings.create(
    'microsoft.intune',
    `Setting ${n}`,
    {
      categories: categories.map((category) => ({ category, retentionDays: 30 })),
      destinations: {
        storage: { storageAccountId: arm('Microsoft.Storage/storageAccounts/a', n) },
        eventHub: { authorizationRuleId: `${arm('Microsoft.EventHub/namespaces/n', n)}/authorizationRules/r` },
        logAnalytics: { workspaceId: arm('Microsoft.OperationalInsights/workspaces/w', n) },
      },
    },
    actor,
  );
}
const sql = new pg.Client({ connectionString: server.databaseUrl });
await sql.connect();
// Two more destinations each, written as a save would: partner solutions need secrets, which are of no interest here.
await sql.query(
  `with more as (
    insert into destination (tenant_id, setting_id, type, target, sink)
    select s.tenant_id, s.id, t.type, t.target::jsonb, t.type || s.id from setting s,
      (values ('elastic', '{"url":"https://e.contoso.com","index":"logs"}'), ('webhook', '{"url":"https://w.contoso.com"}')) t (type, target)
    returning id, tenant_id, setting_id
  ) insert into delivery (tenant_id, setting_id, destination_id, category, checkpoint)
  select m.tenant_id, m.setting_id, m.id, c.category, 10 from more m join setting_category c on c.setting_id = m.setting_id`,
);
// They lag, so that how long the oldest record waits must be looked up for each.
await sql.query('update delivery set checkpoint = 10 where checkpoint > 10');
await sql.query(
  `insert into delivery_minute (delivery_id, minute, tenant_id, records, bytes, errors, lag_ms)
  select d.id, date_trunc('minute', now()) - m * interval '1 minute', d.tenant_id, m % 50, m * 100, 0, m from delivery d, generate_series(0, 1439) m`,
);
await sql.query('analyze delivery_minute');
const { rows } = await sql.query('select count(*)::int as n from delivery where ended_at is null');
console.log(`${total} records, 5 settings, ${(rows[0] as { n: number }).n} deliveries, a day of minutes each`);
await sql.end();

const base = '/api/intune/diagnostic-settings';
for (const [name, path] of [
  ['list', base],
  ['home', '/api/home'],
  ['history of a setting, 24 h by 10 minutes', `${base}/Setting%200/history?step=10`],
] as const) {
  const times: number[] = [];
  for (let n = 0; n < RUNS; n += 1) times.push((await server.get(path)).ms);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(1);
  console.log(`${name.padEnd(42)} p50 ${at(0.5)} ms  p95 ${at(0.95)} ms`);
}
await server.close();
