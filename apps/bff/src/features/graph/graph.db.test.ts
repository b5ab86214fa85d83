import { mapAuditEvent, toRecord, type GraphAuditEvent } from '@weir/sources';
import { testDatabase } from '@weir/testkit';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, roles, startServer, type TestServer } from '../../../test/server.ts';
import { auditEvent as auditEventArbitrary, filterOf, type Event } from '../../../test/graph-filters.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let events: Event[];
const EVENTS = 600;

beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
  const made = fc
    .sample(auditEventArbitrary, { numRuns: EVENTS, seed: 7 })
    .map((e, n) => ({ ...e, id: `${e.id.slice(0, 28)}${String(n).padStart(8, '0')}` }));
  const records = made.map((event, n) => {
    const mapped = mapAuditEvent(CONTOSO, event as unknown as GraphAuditEvent);
    // Every third comes as a resource log, without its Graph object.
    const record = n % 3 === 0 ? toRecord(JSON.parse(mapped.body), CONTOSO) : mapped;
    if (typeof record === 'string') throw new Error(record);
    return record;
  });
  await server.store.log.append(CONTOSO, records);
  await server.store.log.append(FABRIKAM, [mapAuditEvent(FABRIKAM, { ...made[1]!, id: 'theirs' } as unknown as GraphAuditEvent)]);
  events = (await walk('')).items;
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});

const path = '/graph/v1.0/deviceManagement/auditEvents';
const url = (options: Record<string, string>): string => `${path}?${new URLSearchParams(options)}`;
interface Page {
  '@odata.context': string;
  '@odata.count'?: number;
  '@odata.nextLink'?: string;
  value: Event[];
}
interface GraphProblem {
  error: { code: string; message: string; innerError: Record<string, string> };
}
/** Follows nextLink to its end. */
async function walk(first: string | Record<string, string>): Promise<{ items: Event[]; pages: number; count: number | undefined }> {
  const items: Event[] = [];
  let count: number | undefined;
  let next: string | undefined = typeof first === 'string' ? `${path}${first}` : url(first);
  for (let pages = 1; ; pages += 1) {
    const answer = await server.call(next);
    if (answer.status !== 200) throw new Error(answer.text);
    const page = answer.json<Page & Record<string, unknown>>();
    items.push(...page.value);
    count ??= page['@odata.count'];
    if (page['@odata.nextLink'] === undefined) return { items, pages, count };
    expect(page['@odata.nextLink'].startsWith(`${server.origin}${path}?`)).toBe(true);
    next = page['@odata.nextLink'].slice(server.origin.length);
  }
}
const ids = (list: readonly Event[]): string[] => list.map((e) => e.id);

test('every event is listed once, newest first; one that Graph sent byte for byte', async () => {
  expect(new Set(ids(events)).size).toBe(EVENTS);
  const times = events.map((e) => Date.parse(e.activityDateTime));
  expect(times).toEqual(times.toSorted((a, b) => b - a));
  const { value } = (await server.call(`${path}?$top=5`)).json<Page>();
  expect(ids(value)).toEqual(ids(events).slice(0, 5));
  const stored = await server.store.forTenant(CONTOSO).audit();
  for (const { id } of value) {
    const { original } = (await stored.get(id))!;
    const { text } = await server.call(`${path}/${id}`);
    const head = `{"@odata.context":${JSON.stringify(`${server.origin}/graph/v1.0/$metadata#deviceManagement/auditEvents/$entity`)},`;
    if (original) expect(text).toBe(head + original.slice(1));
    else expect(text.startsWith(head)).toBe(true);
  }
});

test('a filter finds what the same filter in JavaScript finds, and counts it, from either end', async () => {
  await fc.assert(
    fc.asyncProperty(filterOf(events), fc.constantFrom('asc', 'desc'), async ({ text, test: fits }, order) => {
      const expected = ids(events.filter(fits));
      const { items, count } = await walk({
        $filter: text,
        $count: 'true',
        $top: '137',
        ...(order === 'asc' && { $orderby: 'activityDateTime' }),
      });
      expect(ids(items).toSorted()).toEqual(expected.toSorted());
      const times = items.map((e) => Date.parse(e.activityDateTime));
      expect(times).toEqual(times.toSorted((a, b) => (order === 'asc' ? a - b : b - a)));
      expect(count).toBe(expected.length);
    }),
    { numRuns: 60 },
  );
}, 120_000);

test('functions, forms of an id, $count, $select and $search', async () => {
  const categories = [...new Set(events.flatMap((e) => e.category ?? []))].toSorted();
  for (const form of ['getAuditCategories()', 'getAuditCategories', 'microsoft.graph.getAuditCategories()']) {
    expect((await server.call(`${path}/${form}`)).json()).toEqual({
      '@odata.context': `${server.origin}/graph/v1.0/$metadata#Collection(Edm.String)`,
      value: categories,
    });
  }
  const activities = (await server.call(`/graph/beta/deviceManagement/auditEvents/getAuditActivityTypes(category='Device')`)).json<{
    value: string[];
  }>();
  expect(activities.value.toSorted()).toEqual(
    [
      ...new Set(
        events.flatMap((e) =>
          /^device$/i.test(e.category ?? '') && e.activityType && e.activityType !== '<null>' ? [e.activityType] : [],
        ),
      ),
    ].toSorted(),
  );
  const id = events[0]!.id;
  for (const form of [`/${id}`, `('${id}')`, `%28%27${id}%27%29`]) expect((await server.call(path + form)).json()).toMatchObject({ id });
  expect((await server.call(`${path}/$count?$filter=category eq 'Device'`)).text).toBe(
    String(events.filter((e) => /^device$/i.test(e.category ?? '')).length),
  );
  const { value } = (await server.call(`${path}?$select=id,ACTOR&$top=1`)).json<Page>();
  expect(Object.keys(value[0]!)).toEqual(['id', 'actor']);
  const found = (await walk({ $search: '"ring 3"' })).items;
  expect(ids(found)).toEqual(ids(events.filter((e) => JSON.stringify(e).toLowerCase().includes('ring 3'))));
  expect(found.length).toBeGreaterThan(0);
});

test.each([
  ['$filter=category eq', 'BadRequest', /position 11 of \$filter/],
  ["$filter=category eq 'x' and length(id) eq 3", 'Request_UnsupportedQuery', /"length" is not supported.*position 20/],
  ["$filter=resources/all(r:r/displayName eq 'x')", 'Request_UnsupportedQuery', /"all" is not supported.*position 0/],
  ["$filter=activityDateTime gt '2026-01-01'", 'BadRequest', /without quotes.*position 20/],
  ['$filter=activityDateTime gt 2026-02-30', 'BadRequest', /no such time/],
  ["$filter=category gt 'A'", 'Request_UnsupportedQuery', /compares activityDateTime only/],
  ["$filter=tolower(category) eq 'device'", 'Request_UnsupportedQuery', /without regard to case/],
  ["$filter=resources/displayName eq 'x'", 'BadRequest', /write any/],
  ['$filter=actor/userPermissions eq null', 'Request_UnsupportedQuery', /userPermissions cannot be filtered by/],
  ["$filter=resources/any(r:category eq 'x')", 'Request_UnsupportedQuery', /Within any/],
  ['$orderby=category', 'Request_UnsupportedQuery', /activityDateTime only/],
  ['$top=0', 'BadRequest', /from 1 to 1000/],
  ['$top=1001', 'BadRequest', /from 1 to 1000/],
  ['$skip=10', 'Request_UnsupportedQuery', /nextLink/],
  ['$expand=resources', 'Request_UnsupportedQuery', /\$expand/],
  ['$frobnicate=1', 'Request_UnsupportedQuery', /frobnicate/],
  ['$select=id,colour', 'BadRequest', /'colour'.*position 3 of \$select/],
  ['$count=maybe', 'BadRequest', /'true' and 'false'/],
  ['$search=actor:maya', 'Request_UnsupportedQuery', /Use \$filter/],
  ['$search="maya', 'BadRequest', /position 0 of \$search/],
  ['$filter=id eq null&$filter=id eq null', 'BadRequest', /more than once/],
])('%s is refused', async (query, code, message) => {
  const answer = await server.call(`${path}?${query}`, { headers: { 'client-request-id': 'my-own-id' } });
  expect(answer.status).toBe(400);
  const { error } = answer.json<GraphProblem>();
  expect([error.code, error.innerError['client-request-id'], answer.headers.get('client-request-id')]).toEqual([
    code,
    'my-own-id',
    'my-own-id',
  ]);
  expect(error.message).toMatch(message);
  expect(answer.headers.get('request-id')).toBe(error.innerError['request-id']);
});

test('an event of another directory is as unknown as one that never was', async () => {
  const stable = (text: string) => ({ ...(JSON.parse(text) as GraphProblem).error, innerError: 0 });
  const [foreign, unknown] = [await server.call(`${path}/theirs`), await server.call(`${path}/nobodys`)];
  expect([foreign.status, unknown.status]).toEqual([404, 404]);
  expect(stable(foreign.text)).toEqual(stable(unknown.text));
  expect((await server.call(`${path}('theirs')`, {}, { tenantId: FABRIKAM })).status).toBe(200);
  expect((await server.call(`${path}?$filter=id eq 'theirs'`)).json<Page>().value).toEqual([]);
});

test('refusals of every kind have the shape of Graph', async () => {
  const denied = await server.call(path, {}, { role: roles.security });
  const nobody = await server.call(path, {}, { role: null });
  const posted = await server.call(path, { method: 'POST', body: '{}' });
  const elsewhere = await server.call('/graph/v1.0/users');
  expect([denied, nobody, posted, elsewhere].map((a) => [a.status, a.json<GraphProblem>().error.code])).toEqual([
    // Nobody answers here about Intune roles; with Graph at hand it is 403, as the browser specs show.
    [503, 'ServiceUnavailable'],
    [401, 'InvalidAuthenticationToken'],
    [405, 'Request_BadRequest'],
    [404, 'ResourceNotFound'],
  ]);
  expect(nobody.headers.get('www-authenticate')).toBe('Bearer');
  expect(posted.headers.get('allow')).toBe('GET, HEAD');
});

test('a skiptoken serves its own list of its own directory only', async () => {
  const { '@odata.nextLink': next } = (await server.call(`${path}?$top=5&$filter=category ne 'Role'`)).json<Page>();
  const token = new URL(next!).searchParams.get('$skiptoken')!;
  const ask = (query: Record<string, string>, tenantId = CONTOSO) => server.call(url({ $top: '5', ...query }), {}, { tenantId });
  const own = { $filter: "category ne 'Role'", $skiptoken: token };
  expect((await ask(own)).status).toBe(200);
  const wrong = [
    await ask({ ...own, $filter: "category ne 'Device'" }),
    await ask({ ...own, $orderby: 'activityDateTime asc' }),
    await ask({ ...own, $skiptoken: `${token.slice(0, -2)}${token.endsWith('A') ? 'BB' : 'AA'}` }),
    await ask(own, FABRIKAM),
  ];
  for (const answer of wrong)
    expect([answer.status, answer.json<GraphProblem>().error.message]).toEqual([400, expect.stringContaining('$skiptoken')]);
});

test('one person who asks without end is told to wait', async () => {
  const headers = { authorization: `Bearer ${server.token()}` };
  let last = new Response();
  for (let at = 0; at < 1_300 && last.status !== 429; at += 50) {
    const answers = await Promise.all(Array.from({ length: 50 }, () => fetch(`${server.origin}${path}?$top=0`, { headers })));
    last = answers.find((a) => a.status === 429) ?? answers[0]!;
    await Promise.all(answers.filter((a) => a !== last).map((a) => a.text()));
  }
  expect([last.status, ((await last.json()) as GraphProblem).error.code]).toEqual([429, 'TooManyRequests']);
  expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
}, 30_000);
