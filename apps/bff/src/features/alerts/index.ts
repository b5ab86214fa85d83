import { randomUUID } from 'node:crypto';
import { alertsLink, endpoints, notificationId, type AlertChannelView, type AlertNotification, type AlertTarget } from '@weir/contract';
import { SecretUnreadable, type Secrets } from '@weir/engine';
import type { ChannelOutcome, StoredChannel } from '@weir/store';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { Store } from '../../ports.ts';
import { actorOf } from '../audit-logs/index.ts';

/** What the server said to a notification. */
export interface Answered {
  readonly taken: boolean;
  readonly answer: string;
  readonly remedy: string | null;
}
/** Sends one notification to a channel, the way that the worker does. Never throws. */
export type Notify = (target: AlertTarget, secrets: Secrets, notification: AlertNotification, signal: AbortSignal) => Promise<Answered>;

const view = (channel: StoredChannel): AlertChannelView => ({
  ...channel,
  secretSetAt: channel.secretSetAt?.toISOString() ?? null,
  lastSentAt: channel.lastSentAt?.toISOString() ?? null,
  fault: channel.fault && { ...channel.fault, at: channel.fault.at.toISOString() },
});
const gone = () => new HttpProblem('not.found', 'There is no such channel in this directory. It may have been deleted.');

function saved(outcome: ChannelOutcome, name: string): AlertChannelView {
  switch (outcome.kind) {
    case 'saved':
      return view(outcome.channel);
    case 'missing':
      throw gone();
    case 'exists':
      throw new HttpProblem('channel.exists', `There is a channel '${name}' already. Choose another name, or edit that one.`, {
        errors: [{ path: 'name', message: 'This name is taken.' }],
      });
    case 'limit':
      throw new HttpProblem('channel.limit', 'A directory has at most 10 channels. Delete one to add another.');
    case 'secrets':
      throw new HttpProblem('request.invalid', `The channel was not saved. ${outcome.faults[0]?.message ?? ''}`, {
        errors: outcome.faults,
      });
  }
}

/** Alerts about delivery, and whom they are sent to. */
export function bindAlerts(
  api: Api,
  services: {
    store: Store;
    notify: Notify;
    directories: readonly { tenantId: string; name: string }[];
    publicOrigin: string;
    now: () => Date;
  },
): void {
  const { store, notify, directories, publicOrigin, now } = services;
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId);
  const e = endpoints.alerts;

  api.bind(e.listAlerts, async ({ caller, query: { before, limit } }) => of(caller).alerts.list(before, limit));
  api.bind(e.listAlertChannels, async ({ caller }) => ({ items: (await of(caller).alertChannels.list()).map(view) }));
  api.bind(
    e.createAlertChannel,
    async ({ caller, request, body, response }) => {
      const made = saved(await of(caller).alertChannels.create(actorOf(caller, request), body), body.name);
      response.status(201);
      return made;
    },
    perPerson(30),
  );
  api.bind(
    e.updateAlertChannel,
    async ({ caller, request, params: { id }, body }) =>
      saved(await of(caller).alertChannels.update(actorOf(caller, request), id, body), body.name),
    perPerson(30),
  );
  api.bind(e.deleteAlertChannel, async ({ caller, request, params: { id } }) => {
    if (!(await of(caller).alertChannels.remove(actorOf(caller, request), id))) throw gone();
  });
  api.bind(
    e.testAlertChannel,
    async ({ caller, request, params: { id }, signal }) => {
      const { alertChannels } = of(caller);
      const { tenantId } = caller.principal;
      try {
        const channel = await alertChannels.open(id);
        if (!channel) throw gone();
        const test: AlertNotification = {
          type: 'alerts.test',
          id: notificationId(randomUUID()),
          tenantId,
          directory: directories.find((d) => d.tenantId === tenantId)?.name ?? tenantId,
          createdAt: now().toISOString(),
          link: alertsLink(publicOrigin),
          events: [],
        };
        const answered = await notify(channel.target, channel.secrets, test, signal);
        await alertChannels.tested(actorOf(caller, request), channel.name, answered);
        return answered;
      } catch (error) {
        if (error instanceof SecretUnreadable)
          return {
            taken: false,
            answer: error.fault.message,
            remedy: 'Configure that key again, or edit the channel and enter the secret anew.',
          };
        throw error;
      }
    },
    perPerson(10),
  );
}
