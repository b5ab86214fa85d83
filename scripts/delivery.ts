import { randomUUID } from 'node:crypto';
import { hostname, userInfo } from 'node:os';
import { deriveStatus } from '@weir/engine';
import type { AdminActor, ReplayFrom, Store, StoredDelivery, TenantStore } from '@weir/store';

export interface DeliveryArguments {
  /** After `weir delivery`: what to do, and perhaps a delivery's id. */
  what: readonly string[];
  tenantId: string;
  setting?: string | undefined;
  category?: string | undefined;
  type?: string | undefined;
  from?: string | undefined;
  sequence?: readonly string[] | undefined;
  reason?: string | undefined;
}
/** What was done: for a script, and in words. */
export interface Told {
  readonly value: unknown;
  readonly text: string;
}
type Found = StoredDelivery & { setting: string; provider: string };

const providers = ['microsoft.intune', 'microsoft.aadiam', 'weir'];
const MAX_REASON = 500;
const ways = 'list, pause, resume, replay or resend';

/** Who does it: nobody signed in, so the records say which user of which machine it was. */
export function operator(): AdminActor {
  const { username, uid } = userInfo();
  const at = `${username}@${hostname()}`;
  return { oid: `os-user:${uid}`, upn: at, name: `${at} (operating system user, by the command line)`, correlationId: randomUUID() };
}

/** Runs `weir delivery …` on the database. Each change writes its record with it. Throws a sentence that says what to do. */
export async function delivery(args: DeliveryArguments, store: Store): Promise<Told> {
  const [action, id, ...more] = args.what;
  if (more.length > 0) throw new Error(`What is ${more[0]}? weir --help shows the commands of weir delivery.`);
  const tenant = store.forTenant(args.tenantId);
  const all = await deliveriesOf(tenant);
  const fitting = all.filter((d) => fits(d, id, args));
  switch (action) {
    case 'list':
      return list(fitting);
    case 'pause':
      return pause(tenant, one(fitting, all, id, args), args.reason);
    case 'resume':
      return resume(tenant, one(fitting, all, id, args));
    case 'replay':
      return replay(tenant, one(fitting, all, id, args), args.from);
    case 'resend':
      return resend(tenant, one(fitting, all, id, args), args.sequence);
    default:
      throw new Error(action === undefined ? `Say what to do: ${ways}.` : `There is no weir delivery ${action}. There is ${ways}.`);
  }
}

async function deliveriesOf(tenant: TenantStore): Promise<Found[]> {
  const settings = (await Promise.all(providers.map((p) => tenant.settings.list(p)))).flat();
  return settings.flatMap(({ name, provider, deliveries }) => deliveries.map((d) => ({ ...d, setting: name, provider })));
}

const same = (a: string, b: string | undefined): boolean => b === undefined || a.toLowerCase() === b.toLowerCase();
/** `event-hub` and `eventHub` are the same type. */
const fits = (d: Found, id: string | undefined, { setting, category, type }: DeliveryArguments): boolean =>
  same(d.id, id) &&
  same(d.setting, setting) &&
  (same(d.category, category) || same(`${d.provider}/${d.category}`, category)) &&
  same(d.type, type?.replaceAll('-', ''));

const nameOf = (d: Found): string => `${d.setting}, ${d.category}, ${d.type}`;

function one(fitting: readonly Found[], all: readonly Found[], id: string | undefined, args: DeliveryArguments): Found {
  const [only, ...others] = fitting;
  if (only && others.length === 0) return only;
  const show = (list: readonly Found[]) => list.map((d) => `\n  ${d.id}  ${nameOf(d)}`).join('');
  if (only) throw new Error(`That is more than one delivery. Name one by its id, or add --category or --type:${show(fitting)}`);
  if (all.length === 0) throw new Error('This directory has no deliveries. Is --tenant the right one?');
  const asked = [id, args.setting, args.category, args.type].filter((x) => x !== undefined).join(', ');
  throw new Error(`There is no such delivery${asked ? ` (${asked})` : ''}. There are:${show(all)}`);
}

function list(found: readonly Found[]): Told {
  const now = new Date();
  const value = found.map(({ id, setting, provider, category, type, facts }) => ({
    id,
    setting,
    category: `${provider}/${category}`,
    type,
    ...deriveStatus(facts, now),
    checkpoint: facts.checkpoint,
    waiting: facts.head - facts.checkpoint,
    quarantined: facts.quarantined,
    lastDeliveredAt: facts.lastDeliveredAt?.toISOString() ?? null,
  }));
  const lines = value.map(
    (d) =>
      `${d.id}  ${d.status.padEnd(24)}${d.setting}, ${d.category.split('/')[1]}, ${d.type}: at ${d.checkpoint}, ${d.waiting} waiting, ${d.quarantined} in quarantine` +
      (d.reason ? `\n  ${d.reason}${d.remedy ? ` ${d.remedy}` : ''}` : ''),
  );
  return { value, text: lines.length > 0 ? lines.join('\n') : 'There is no such delivery.' };
}

async function pause({ deliveries }: TenantStore, found: Found, reason: string | undefined): Promise<Told> {
  if (reason !== undefined && reason.length > MAX_REASON) throw new Error(`--reason takes at most ${MAX_REASON} characters.`);
  ended(await deliveries.pause(operator(), found.id, reason?.trim() || null));
  const { paused } = ended(await deliveries.get(found.id));
  const text = `${nameOf(found)} is paused, since ${paused!.at.toISOString()} by ${paused!.by}. What was on its way is finished; its position is kept.`;
  return { value: { id: found.id, paused }, text };
}

async function resume({ deliveries }: TenantStore, found: Found): Promise<Told> {
  ended(await deliveries.resume(operator(), found.id));
  return { value: { id: found.id, paused: null }, text: `${nameOf(found)} goes on after record ${found.facts.checkpoint}.` };
}

async function replay({ deliveries }: TenantStore, found: Found, from: string | undefined): Promise<Told> {
  const made = ended(await deliveries.replay(operator(), found.id, fromOf(from)));
  if (made === 'limit') throw new Error('Too many replays of this delivery wait already. Cancel one, or wait until one has ended.');
  if (made === 'empty')
    throw new Error('The delivery has passed no record from there on. Begin earlier; records after its checkpoint are sent by itself.');
  const { id, fromSeq, toSeq } = made;
  const paused = found.facts.paused ? ' It begins when the delivery is resumed.' : '';
  const text = `Replay ${id} of ${nameOf(found)} sends the records from ${fromSeq} to ${toSeq} again.${paused}`;
  return { value: { id: found.id, replay: { id, fromSeq, toSeq } }, text };
}

async function resend({ deliveries }: TenantStore, found: Found, asked: readonly string[] | undefined): Promise<Told> {
  const sequences = asked === undefined ? null : asked.flatMap((text) => text.split(',')).map(sequenceOf);
  const records = ended(await deliveries.resend(operator(), found.id, sequences));
  const none =
    sequences === null
      ? 'Nothing is in quarantine that is not on its way already.'
      : 'None of these is in quarantine, or they are on their way already.';
  return {
    value: { id: found.id, records },
    text: records === 0 ? none : `${records} of the quarantine of ${nameOf(found)} ${records === 1 ? 'is' : 'are'} sent again.`,
  };
}

function sequenceOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text.trim())) return Number(text);
  throw new Error(`--sequence takes sequence numbers such as 17,18, not ${text}.`);
}

function fromOf(text: string | undefined): ReplayFrom {
  if (text === undefined)
    throw new Error('Say with --from where it begins: "beginning", a time such as 2026-11-20T08:00:00Z, or a sequence number.');
  if (text === 'beginning') return { kind: 'beginning' };
  if (/^\d+$/.test(text)) return { kind: 'sequence', sequence: sequenceOf(text) };
  const time = new Date(text);
  // Without a zone it would mean another time on another machine.
  if (Number.isNaN(time.getTime()) || !/(Z|[+-]\d\d:?\d\d)$/i.test(text))
    throw new Error(`--from takes "beginning", a time with its zone such as 2026-11-20T08:00:00Z, or a sequence number, not ${text}.`);
  return { kind: 'time', time };
}

/** A delivery that was there a moment ago. */
function ended<T>(answer: T | null | false): T {
  if (answer === null || answer === false)
    throw new Error('The delivery has ended meanwhile: its setting was deleted or points elsewhere.');
  return answer;
}
