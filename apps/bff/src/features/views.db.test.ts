import { testDatabase } from '@weir/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CONTOSO, FABRIKAM, startServer, type TestServer } from '../../test/server.ts';

const path = '/api/audit-views';
let database: Awaited<ReturnType<typeof testDatabase>>;
let server: TestServer;
beforeAll(async () => {
  database = await testDatabase();
  server = await startServer(database.url);
}, 60_000);
afterAll(async () => {
  await server?.close();
  await database?.drop();
});
interface View {
  id: string;
  name: string;
  shared: boolean;
  mine: boolean;
  default: boolean;
}
/** Calls as one person: each token of the test server is somebody new. */
function person(tenantId = CONTOSO) {
  const authorization = `Bearer ${server.token({ tenantId })}`;
  const call = (at: string, init: RequestInit = {}) => server.call(at, { ...init, headers: { authorization } }, { role: null });
  return {
    save: (view: object) => call(path, { method: 'POST', body: JSON.stringify(view) }),
    list: async () => (await call(path)).json<{ items: View[] }>().items,
    remove: async (id: string) => (await call(`${path}/${id}`, { method: 'DELETE' })).status,
  };
}

test('a view is one’s own, or shared with the directory; only who made it deletes it', async () => {
  const [maya, omar, abroad] = [person(), person(), person(FABRIKAM)];
  const own = await maya.save({ name: 'Wipes', search: { q: 'activity:wipe*', range: '7d' }, default: true });
  expect([own.status, own.json()]).toEqual([201, expect.objectContaining({ name: 'Wipes', shared: false, mine: true, default: true })]);
  const shared = (await maya.save({ name: 'Roles', shared: true, search: { q: 'category:Role' } })).json<View>();
  expect((await maya.list()).map((v) => [v.name, v.shared, v.mine, v.default])).toEqual([
    ['Roles', true, true, false],
    ['Wipes', false, true, true],
  ]);
  expect((await omar.list()).map((v) => [v.name, v.mine])).toEqual([['Roles', false]]);
  expect(await abroad.list()).toEqual([]);
  expect([await omar.remove(shared.id), await abroad.remove(shared.id), await maya.remove(shared.id)]).toEqual([404, 404, 204]);
  expect(await omar.list()).toEqual([]);
  const log = await server.store.forTenant(CONTOSO).audit('weir/AdminCenterLogs');
  const { items } = await log.page({ from: '2020-01-01T00:00:00Z', to: undefined, query: { kind: 'all' } }, { limit: 10 });
  expect(items.map((r) => r.activity)).toEqual(['Delete auditView', 'Create auditView']);
});

test('a name is taken once, and another default takes the place of the first', async () => {
  const maya = person();
  await maya.save({ name: 'Failed', search: { q: 'status:Failure' }, default: true });
  const again = await maya.save({ name: 'FAILED', search: {} });
  expect([again.status, again.json()['code']]).toEqual([409, 'view.exists']);
  await maya.save({ name: 'Later', search: {}, default: true });
  expect((await maya.list()).filter((v) => v.default).map((v) => v.name)).toEqual(['Later']);
});

test.each([
  [{ name: ' ', search: {} }, 'name'],
  [{ name: 'x'.repeat(101), search: {} }, 'name'],
  [{ name: 'x', search: { q: 'actor:(' } }, 'search.q'],
  [{ name: 'x', search: { range: 'yesterday' } }, 'search.range'],
  [{ name: 'x' }, 'search'],
])('%o is refused, and the field is named', async (view, field) => {
  const answer = await person().save(view);
  expect(answer.status).toBe(400);
  expect(answer.json<{ errors: { path: string }[] }>().errors.map((e) => e.path)).toContain(field);
});
