import { duplicatesOf, endpoints, type DeliveryDetail, type ReplayFromInput, type ReplayView } from '@weir/contract';
import type { QuarantinedRecord, ReplayFrom, StoredReplay } from '@weir/store';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Store } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';

const gone = () =>
  new HttpProblem('not.found', 'There is no such delivery in this directory. Its setting may have been changed or deleted.');

/** A replay as a person reads it: its state with the reason, and when it will end at this rate. */
export function replayView(replay: StoredReplay, paused: boolean, now: Date): ReplayView {
  const left = replay.toSeq - replay.position;
  const covered = replay.position - replay.fromSeq + 1;
  const seconds = replay.startedAt ? (now.getTime() - replay.startedAt.getTime()) / 1000 : 0;
  const rate = replay.endedAt === null && seconds > 0 && covered > 0 ? covered / seconds : null;
  const { state, reason } = stateOf(replay, paused);
  return {
    id: replay.id,
    kind: replay.kind,
    state,
    reason,
    firstSequence: replay.fromSeq,
    lastSequence: replay.toSeq,
    position: replay.position,
    records: replay.toSeq - replay.fromSeq + 1,
    delivered: replay.delivered,
    quarantined: replay.quarantined,
    recordsPerSecond: rate,
    endsAt: rate && state === 'Running' ? new Date(now.getTime() + (left / rate) * 1000).toISOString() : null,
    createdAt: replay.createdAt.toISOString(),
    createdBy: replay.createdBy,
    endedAt: replay.endedAt?.toISOString() ?? null,
  };
}

function stateOf(replay: StoredReplay, paused: boolean): Pick<ReplayView, 'state' | 'reason'> {
  if (replay.result === 'cancelled') return { state: 'Cancelled', reason: null };
  if (replay.result === 'done')
    return { state: 'Done', reason: replay.quarantined > 0 ? `${replay.quarantined} records were refused and are in quarantine.` : null };
  if (paused) return { state: 'Paused', reason: 'The delivery is paused.' };
  if (replay.attempts > 0) return { state: 'Failing', reason: replay.fault?.message ?? null };
  if (!replay.startedAt) return { state: 'Waiting', reason: 'It begins when a slot is free and no other replay of this delivery runs.' };
  return { state: 'Running', reason: null };
}

function fromOf(input: ReplayFromInput): ReplayFrom {
  if (input.from === 'time') return { kind: 'time', time: new Date(input.time) };
  if (input.from === 'sequence') return { kind: 'sequence', sequence: input.sequence };
  return { kind: 'beginning' };
}

const quarantinedView = ({ seq, recordId, fault, quarantinedAt, resending }: QuarantinedRecord) => ({
  sequence: seq,
  recordId,
  fault,
  quarantinedAt: quarantinedAt.toISOString(),
  resending,
});

/** Pause, replay and quarantine of single deliveries. */
export function bindDeliveries(api: Api, { store, now }: { store: Store; now: () => Date }): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId).deliveries;
  const e = endpoints.deliveries;

  api.bind(e.getDelivery, async ({ caller, params: { id } }): Promise<DeliveryDetail> => {
    const found = await of(caller).get(id);
    if (!found) throw gone();
    const { paused, replays, ...rest } = found;
    return {
      ...rest,
      paused: paused && { ...paused, at: paused.at.toISOString() },
      duplicates: duplicatesOf[found.type],
      replays: replays.map((r) => replayView(r, paused !== null, now())),
    };
  });
  api.bind(e.pauseDelivery, async ({ caller, request, params: { id }, body: { reason } }) => {
    if (!(await of(caller).pause(actorOf(caller, request), id, reason ?? null))) throw gone();
  });
  api.bind(e.resumeDelivery, async ({ caller, request, params: { id } }) => {
    if (!(await of(caller).resume(actorOf(caller, request), id))) throw gone();
  });
  api.bind(e.previewReplay, async ({ caller, params: { id }, body }) => {
    const found = await of(caller).get(id);
    const range = found && (await of(caller).range(id, fromOf(body)));
    if (!range) throw gone();
    return {
      firstSequence: range.fromSeq,
      lastSequence: range.toSeq,
      records: range.toSeq - range.fromSeq + 1,
      duplicates: duplicatesOf[found.type],
    };
  });
  api.bind(
    e.startReplay,
    async ({ caller, request, params: { id }, body, response }) => {
      const made = await of(caller).replay(actorOf(caller, request), id, fromOf(body));
      if (made === null) throw gone();
      if (made === 'limit')
        throw new HttpProblem('replay.limit', 'Too many replays of this delivery wait already. Cancel one, or wait until one has ended.');
      if (made === 'empty') {
        const message =
          'The delivery has passed no record from there on. Begin earlier; records after its checkpoint are sent by the delivery itself.';
        throw new HttpProblem('request.invalid', message, { errors: [{ path: body.from === 'beginning' ? 'from' : body.from, message }] });
      }
      response.status(201);
      return replayView(made, false, now());
    },
    perPerson(30),
  );
  api.bind(e.cancelReplay, async ({ caller, request, params: { id, replayId } }) => {
    if (!(await of(caller).cancel(actorOf(caller, request), id, replayId)))
      throw new HttpProblem('not.found', 'There is no such replay that waits or runs. It may have ended.');
  });
  api.bind(e.listQuarantine, async ({ caller, params: { id }, query: { after, limit } }) => {
    const found = await of(caller).quarantine(id, after, limit + 1);
    if (!found) throw gone();
    const items = found.slice(0, limit);
    return { items: items.map(quarantinedView), next: found.length > limit ? items.at(-1)!.seq : null };
  });
  api.bind(e.getQuarantined, async ({ caller, params: { id, sequence } }) => {
    const found = await of(caller).quarantined(id, sequence);
    if (!found) throw new HttpProblem('not.found', 'This record is not in the quarantine. It may have been resent or skipped.');
    return { ...quarantinedView(found), body: found.body };
  });
  api.bind(
    e.resendQuarantined,
    async ({ caller, request, params: { id }, body: { sequences } }) => {
      const records = await of(caller).resend(actorOf(caller, request), id, sequences ?? null);
      if (records === null) throw gone();
      return { records };
    },
    perPerson(60),
  );
  api.bind(e.skipQuarantined, async ({ caller, request, params: { id }, body: { sequences, reason } }) => {
    const records = await of(caller).skip(actorOf(caller, request), id, sequences, reason);
    if (records === null) throw gone();
    return { records };
  });
}
