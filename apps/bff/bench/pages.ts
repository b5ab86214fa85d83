/**
 * First page of the Audit logs blade through the web server, for each of its filters: p50 and p95 of 200 different requests,
 * from the request to the last byte. `--records N` (1,000,000) over 12 months, as the sandbox's admins make them.
 */
import { generateAuditEvents } from '@weir/sandbox';
import { mapAuditEvent } from '@weir/sources';
import { startServer, TENANT } from './server.ts';

const total = Number(process.argv[process.argv.indexOf('--records') + 1]) || 1_000_000;
const RUNS = 200;
const YEAR_MS = 365 * 86_400_000;
const server = await startServer();
const to = new Date();
const from = new Date(to.getTime() - YEAR_MS);

const loading = performance.now();
const actors = new Set<string>();
const pairs = new Set<string>();
let batch: ReturnType<typeof mapAuditEvent>[] = [];
for (const event of generateAuditEvents({ seed: 7, count: total, from, to, users: 20_000, tenantId: TENANT })) {
  const record = mapAuditEvent(TENANT, event);
  if (record.fields.actor) actors.add(record.fields.actor);
  pairs.add(`${record.fields.auditCategory}\n${record.fields.operation}`);
  if (batch.push(record) < 1000) continue;
  await server.store.log.append(TENANT, batch);
  batch = [];
}
if (batch.length > 0) await server.store.log.append(TENANT, batch);
console.log(`${total} records made, mapped and appended in ${Math.round((performance.now() - loading) / 1000)} s`);

const names = [...actors];
const activities = [...pairs].map((p) => p.split('\n') as [string, string]);
const at = <T>(list: readonly T[], n: number): T => list[(n * 7919) % list.length]!;
const day = (n: number): string => new Date(to.getTime() - (n % 360) * 86_400_000).toISOString();
const year = { from: from.toISOString() };
const requests: Record<string, (n: number) => Record<string, string>> = {
  'last 30 days': () => ({}),
  '12 months': () => year,
  'a week, any': (n) => ({ from: new Date(Date.parse(day(n)) - 7 * 86_400_000).toISOString(), to: day(n) }),
  category: (n) => ({ ...year, q: `category:${at(activities, n)[0]}` }),
  activity: (n) => ({ ...year, q: `activity:"${at(activities, n)[1]}"` }),
  'actor, whole': (n) => ({ ...year, q: `actor:"${at(names, n)}"` }),
  'actor, part': (n) => ({ ...year, q: `actor:*${at(names, n).slice(2, 7).replaceAll(/\W/g, '')}*` }),
  'category + actor': (n) => ({ ...year, q: `category:${at(activities, n)[0]} actor:"${at(names, n)}"` }),
  'activity + actor': (n) => ({ ...year, q: `activity:"${at(activities, n)[1]}" actor:"${at(names, n)}"` }),
};
for (const [name, query] of Object.entries(requests)) {
  const times: number[] = [];
  for (let n = -20; n < RUNS; n += 1) {
    const { ms } = await server.get(`/api/audit-logs?${new URLSearchParams(query(Math.abs(n)))}`);
    if (n >= 0) times.push(ms);
  }
  times.sort((a, b) => a - b);
  const percentile = (p: number) => times[Math.ceil(RUNS * p) - 1]!.toFixed(1).padStart(6);
  console.log(`${name.padEnd(18)} p50 ${percentile(0.5)} ms   p95 ${percentile(0.95)} ms   worst ${percentile(1)} ms`);
}
await server.close();
