import { categoriesOf, endpoints, splitCategoryId } from '@weir/contract';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Store } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';

/** Categories stand in the order of the form; those that nobody listed come last. */
function rank(category: string): number {
  const { provider, name } = splitCategoryId(category);
  const at = categoriesOf(provider).findIndex((c) => c.name === name);
  return at === -1 ? Number.MAX_SAFE_INTEGER : at;
}

/** How long Weir itself keeps records. */
export function bindLogRetention(api: Api, store: Store): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId).logRetention;
  const items = async (caller: Caller) => ({
    items: (await of(caller).list())
      .toSorted((a, b) => rank(a.category) - rank(b.category))
      .map((log) => ({ ...log, waits: [...log.waits] })),
  });
  api.bind(endpoints.logRetention.listLogRetention, ({ caller }) => items(caller));
  api.bind(
    endpoints.logRetention.setLogRetention,
    async ({ caller, request, body: { category, years, confirm } }) => {
      const log = (await of(caller).list()).find((l) => l.category === category);
      if (!log)
        throw new HttpProblem('request.invalid', `There is no log ${category} whose retention can be set.`, {
          errors: [{ path: 'category', message: 'Expected a category that has records, and is not Weir’s own.' }],
        });
      const { name } = splitCategoryId(category);
      const shorter = years !== null && (log.years === null || years < log.years);
      if (shorter && confirm !== name)
        throw new HttpProblem('request.invalid', `Records will be deleted for good. Confirm it with the category’s name, ${name}.`, {
          errors: [{ path: 'confirm', message: `Expected ${name}.` }],
        });
      if (!(await of(caller).set(actorOf(caller, request), category, years)))
        throw new HttpProblem('not.found', 'There is no such log any more.');
      return items(caller);
    },
    perPerson(30),
  );
}
