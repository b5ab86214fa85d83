import { endpoints, type BatchView, type OpenBatchView } from '@weir/contract';
import type { StoredBatch, StoredOpenBatch } from '@weir/store';
import type { Api, Caller } from '../../http/bind.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Store } from '../../ports.ts';
import { changeView } from './changes.ts';
import { PROVIDER, saveProblem } from './index.ts';

const batchView = ({ firstSeq, lastSeq, deliveredAt, digest, ...batch }: StoredBatch): BatchView => ({
  deliveryId: batch.deliveryId,
  type: batch.type,
  category: batch.category,
  firstSequence: firstSeq,
  lastSequence: lastSeq,
  records: batch.records,
  filtered: batch.filtered,
  bytes: batch.bytes,
  attempts: batch.attempts,
  durationMs: batch.durationMs,
  deliveredAt: deliveredAt.toISOString(),
  sha256: digest?.toString('hex') ?? null,
  answer: batch.answer,
  place: batch.place,
});
const openBatchView = ({ firstSeq, lastSeq, since, nextAttemptAt, ...batch }: StoredOpenBatch): OpenBatchView => ({
  ...batch,
  firstSequence: firstSeq,
  lastSequence: lastSeq,
  since: since.toISOString(),
  nextAttemptAt: nextAttemptAt.toISOString(),
});

/** What a setting's page reads besides the setting: its batches, and who changed it. */
export function bindSettingPages(api: Api, { store }: { store: Store }): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId).settingPages;
  function found<T>(name: string, page: T | 'missing' | 'cursor'): T {
    if (page === 'missing') throw saveProblem(name, { kind: 'missing' });
    if (page === 'cursor')
      throw new HttpProblem('cursor.invalid', 'The cursor does not come from this list. Leave it out to begin at the start.', {
        errors: [{ path: 'cursor', message: 'Not a cursor of this list.' }],
      });
    return page as T;
  }

  api.bind(endpoints.settings.listBatches, async ({ caller, params: { name }, query: { cursor, limit, ...filter } }) => {
    const [page, open] = await Promise.all([
      of(caller).batches(PROVIDER, name, filter, { cursor, limit }),
      cursor === undefined ? of(caller).openBatches(PROVIDER, name, filter) : [],
    ]);
    const { items, nextCursor } = found(name, page);
    return { open: open.map(openBatchView), items: items.map(batchView), nextCursor };
  });
  api.bind(endpoints.settings.listSettingChanges, async ({ caller, params: { name }, query }) => {
    const { items, nextCursor } = found(name, await of(caller).changes(PROVIDER, name, query));
    return { items: items.map(changeView), nextCursor };
  });
}
