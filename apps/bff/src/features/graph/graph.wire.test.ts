import { Client, PageIterator } from '@microsoft/microsoft-graph-client';
import { auditRecords, testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, startServer, type TestServer } from '../../../test/server.ts';
import { tlsFront } from '../../../test/tls-front.ts';

const COUNT = 2_345;
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
let front: Awaited<ReturnType<typeof tlsFront>>;
let client: Client;

// Microsoft's client hands its token to https only, and follows links of https only: the server stands behind TLS, as it would.
beforeAll(async () => {
  front = await tlsFront(() => server.origin);
  const { origin } = front;
  database = await testDatabase();
  // Its tokens come from the application for scripts, not from the browser app.
  server = await startServer(
    database.url,
    {},
    { WEIR_PUBLIC_ORIGIN: origin, WEIR_SPA_CLIENT_ID: 'browser', WEIR_SCRIPT_CLIENT_IDS: 'scripts, spa' },
  );
  await server.store.log.append(CONTOSO, auditRecords(COUNT));
  const token = server.token();
  client = Client.init({ baseUrl: `${origin}/graph`, customHosts: new Set(['localhost']), authProvider: (done) => done(null, token) });
}, 60_000);
afterAll(async () => {
  front?.close();
  await server?.close();
  await database?.drop();
});

/** Walks a list as an app does, and counts the events by id. */
async function iterate(request: ReturnType<Client['api']>): Promise<{ ids: string[]; count: number | undefined }> {
  const first = await request.get();
  const ids: string[] = [];
  const iterator = new PageIterator(client, first, (event: { id: string }) => ids.push(event.id) > 0);
  await iterator.iterate();
  expect(iterator.isComplete()).toBe(true);
  return { ids, count: first['@odata.count'] };
}
const list = () => client.api('/deviceManagement/auditEvents');
const expected = (which: (n: number) => boolean) =>
  Array.from({ length: COUNT }, (_, n) => COUNT - 1 - n)
    .filter(which)
    .map((n) => `record-${n}`);

test("Microsoft's client walks everything once, in pages of its own size and of ours", async () => {
  const all = expected(() => true);
  expect(await iterate(list().top(400).count(true))).toEqual({ ids: all, count: COUNT });
  expect(await iterate(list().version('beta').orderby('activityDateTime asc'))).toEqual({ ids: all.toReversed(), count: undefined });
});

test('and what a filter finds, though pages are short where records are looked at one by one', async () => {
  const found = await iterate(list().filter("activityType eq 'Patch Policy3' and endswith(id,'5')").top(7).count(true));
  const ids = expected((n) => n % 7 === 3 && n % 10 === 5);
  expect(found).toEqual({ ids, count: ids.length });
  const patched = await iterate(list().filter("activityOperationType eq null and not contains(actor/userId,'x')").count(true));
  expect(patched).toEqual({ ids: [], count: 0 });
});

test('its errors are the errors of Graph', async () => {
  expect(Object.keys(await client.api(`/deviceManagement/auditEvents/record-7`).select(['id', 'category']).get())).toEqual([
    '@odata.context',
    'id',
    'category',
  ]);
  await expect(list().filter('colour eq 1').get()).rejects.toMatchObject({
    statusCode: 400,
    code: 'BadRequest',
    message: expect.stringContaining("Could not find a property named 'colour'"),
    requestId: expect.stringMatching(/^[\w-]{36}$/),
  });
  await expect(client.api('/deviceManagement/auditEvents/none').get()).rejects.toMatchObject({ statusCode: 404, code: 'ResourceNotFound' });
});
