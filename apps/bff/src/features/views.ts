import { endpoints, type SavedView } from '@weir/contract';
import type { Api, Caller } from '../http/bind.ts';
import { perPerson } from '../http/limits.ts';
import { HttpProblem } from '../http/problem.ts';
import type { Store, StoredView } from '../ports.ts';
import { actorOf } from './audit-logs/index.ts';

const shown = (view: StoredView): SavedView => ({ ...view, search: view.search as SavedView['search'] });

/** Saved views of the Audit logs blade. */
export function bindViews(api: Api, store: Store): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId).views;
  const { views } = endpoints;
  api.bind(views.listViews, async ({ caller }) => ({ items: (await of(caller).list(caller.principal.oid)).map(shown) }));
  api.bind(
    views.createView,
    async ({ caller, body, request, response }) => {
      const view = await of(caller).create(actorOf(caller, request), body);
      if (!view)
        throw new HttpProblem('view.exists', `There is a view '${body.name}' already. Choose another name, or delete that one.`, {
          errors: [{ path: 'name', message: 'This name is taken.' }],
        });
      response.status(201);
      return shown(view);
    },
    perPerson(60),
  );
  api.bind(views.deleteView, async ({ caller, params, request }) => {
    if (!(await of(caller).remove(actorOf(caller, request), params.id)))
      throw new HttpProblem('not.found', 'You have no view of this id. Who made a view deletes it.');
  });
}
