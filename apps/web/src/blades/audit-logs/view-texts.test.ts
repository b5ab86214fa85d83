import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { viewText } from './view-texts.ts';

const link = 'https://weir.example/tenant-administration/audit-logs?q=x';
const filter = { from: '2026-11-01T00:00:00.000Z', q: `actor:"o'brien" $HOME "a b"` };

test('the curl line says the same to a shell', () => {
  const script = viewText('curl', filter, link)!;
  const out = execFileSync('sh', ['-c', `TOKEN=t; curl() { for a; do printf '%s\\n' "$a"; done; }; ${script}`], { encoding: 'utf8' });
  expect(out.trim().split('\n')).toEqual([
    '--get',
    'https://weir.example/api/audit-logs',
    '-H',
    'Authorization: Bearer t',
    '--data-urlencode',
    `from=${filter.from}`,
    '--data-urlencode',
    `q=${filter.q}`,
  ]);
});
test('a link, a Graph request, a KQL query; null where Graph cannot say it', () => {
  expect(viewText('link', filter, link)).toBe(link);
  const request = new URL(viewText('graph', { q: 'category:Device' }, link)!);
  expect([request.origin + request.pathname, request.searchParams.get('$filter')]).toEqual([
    'https://weir.example/graph/v1.0/deviceManagement/auditEvents',
    "category eq 'Device'",
  ]);
  expect(viewText('kql', filter, link)).toContain('IntuneAuditLogs_CL');
  expect(viewText('graph', { q: 'actor:a*b' }, link)).toBeNull();
});

test('a link whose times move along, and one whose times are fixed, for the sender to choose', () => {
  const now = Date.parse('2026-11-21T12:00:00Z');
  const view = `${link}&range=7d&live=1`;
  const filter = { from: '2026-11-14T12:00:00.000Z', q: 'x' };
  expect(viewText('link', filter, view, now)).toBe(view);
  expect(Object.fromEntries(new URL(viewText('fixed', filter, view, now)!).searchParams)).toEqual({
    q: 'x',
    range: 'custom',
    from: '2026-11-14T12:00:00.000Z',
    to: '2026-11-21T12:00:00.000Z',
  });
});
