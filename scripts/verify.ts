import { readFileSync } from 'node:fs';
import tls from 'node:tls';
import { splitCategoryId, type DestinationType } from '@weir/contract';
import type { engineCredential } from '@weir/destinations';
import { CannotVerify, type VerifyFault, type VerifyReport, type VerifyTarget } from '@weir/engine';
import type { Running } from '@weir/sandbox/running';
import type { Proof, Store } from '@weir/store';

export interface VerifyArguments {
  what: string | undefined;
  tenantId: string;
  setting?: string | undefined;
  category?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  log?: boolean | undefined;
  head?: boolean | undefined;
  expect?: string | undefined;
  json?: boolean | undefined;
}
export interface VerifySurroundings {
  store: Store;
  /** The sandbox that runs here, when no other cloud is configured. */
  sandbox(): Running;
  out(text: string): void;
  signal: AbortSignal;
}
const types: Record<string, DestinationType> = { storage: 'storage', 'event-hub': 'eventHub' };
/** Faults that are written out for a person; JSON has up to a thousand. */
const SHOWN = 50;

/** Runs `weir verify …`. Returns the exit code: 0 it holds, 1 it differs. Throws `CannotVerify` when it cannot be said. */
export async function verify(args: VerifyArguments, around: VerifySurroundings): Promise<0 | 1> {
  const { proof } = around.store.forTenant(args.tenantId);
  if (args.head) return showHeads(args, proof, around);
  const reports = args.log || args.what === 'log' ? await verifyLogs(args, proof, around) : await verifyDeliveries(args, proof, around);
  const result = reports.some((r) => r.result === 'differs') ? 'differs' : 'holds';
  around.out(args.json ? JSON.stringify({ result, reports }) : reports.map(asText).join('\n\n'));
  return result === 'holds' ? 0 : 1;
}

async function showHeads(args: VerifyArguments, proof: Proof, around: VerifySurroundings): Promise<0> {
  await around.store.chainBacklog(around.signal);
  const heads = await proof.heads();
  const lines = heads.map((h) => `${`${h.provider}/${h.category}`.padEnd(40)}${h.seq}:${h.digest}`);
  around.out(
    args.json ? JSON.stringify({ tenantId: args.tenantId, at: new Date().toISOString(), heads }) : lines.join('\n') || 'The log is empty.',
  );
  return 0;
}

async function verifyLogs(args: VerifyArguments, proof: Proof, around: VerifySurroundings): Promise<VerifyReport[]> {
  await around.store.chainBacklog(around.signal);
  const heads = (await proof.heads()).filter((h) => fits(h, args.category));
  if (heads.length === 0)
    throw new CannotVerify(args.category ? `There is no record of the category ${args.category}.` : 'The log is empty.');
  const expected = args.expect === undefined ? undefined : kept(args.expect);
  if (expected && heads.length > 1) throw new CannotVerify('Say with --category which log the kept head is of.');
  const reports: VerifyReport[] = [];
  for (const log of heads) {
    const range = await rangeOf(args, proof, log);
    const report = (await proof.verifyLog({
      provider: log.provider,
      category: log.category,
      range,
      expected,
      onStep: async () => !around.signal.aborted,
    }))!;
    around.signal.throwIfAborted();
    await proof.keep(log, null, report);
    reports.push(report);
  }
  return reports;
}
function kept(text: string): { seq: number; digest: string } {
  const parts = /^(\d+):([0-9a-f]{64})$/i.exec(text.trim());
  if (!parts) throw new CannotVerify('--expect takes a head as weir verify --head writes it: <number>:<64 hexadecimal digits>.');
  return { seq: Number(parts[1]), digest: parts[2]! };
}
const fits = (log: { provider: string; category: string }, wanted: string | undefined): boolean => {
  if (wanted === undefined) return true;
  const { provider, name } = wanted.includes('/') ? splitCategoryId(wanted) : { provider: log.provider, name: wanted };
  return log.provider.toLowerCase() === provider.toLowerCase() && log.category.toLowerCase() === name.toLowerCase();
};

async function verifyDeliveries(args: VerifyArguments, proof: Proof, around: VerifySurroundings): Promise<VerifyReport[]> {
  const type = args.what === undefined ? undefined : types[args.what];
  if (!type) throw new CannotVerify(`Say what to verify: storage, event-hub or log.${args.what ? ` There is no ${args.what}.` : ''}`);
  if (!args.setting) throw new CannotVerify('Say with --setting which diagnostic setting’s deliveries to verify.');
  const all = await proof.targets({ setting: args.setting });
  if (all.length === 0) throw new CannotVerify(`There is no diagnostic setting named ${args.setting} in this directory.`);
  const targets = all.filter((t) => t.type === type && fits(t, args.category));
  if (targets.length === 0)
    throw new CannotVerify(
      `The setting ${args.setting} brings ${args.category ? `no ${args.category}` : 'nothing'} to ${type === 'storage' ? 'a storage account' : 'an event hub'}.`,
    );
  // Azure's own code is large, and a look at the log needs none of it.
  const { engineCredential, verifyDelivery } = await import('@weir/destinations');
  const azure = azureOf(around, engineCredential);
  const reports: VerifyReport[] = [];
  for (const target of targets) {
    const report = (await verifyDelivery(target, { ...azure, proof, range: await rangeOf(args, proof, target), signal: around.signal }))!;
    await proof.keep(target, target.deliveryId, report);
    reports.push(report);
  }
  return reports;
}

/** Numbers as they are; a time is the first record that was appended at it or later, the last one before it. */
async function rangeOf(
  args: VerifyArguments,
  proof: Proof,
  log: Pick<VerifyTarget, 'provider' | 'category'>,
): Promise<{ firstSeq?: number; lastSeq?: number }> {
  const read = async (name: string, text: string | undefined, before: number): Promise<number | undefined> => {
    if (text === undefined) return undefined;
    if (/^\d+$/.test(text)) return Number(text);
    const time = new Date(text);
    if (Number.isNaN(time.getTime()))
      throw new CannotVerify(`${name} takes a sequence number or a time such as 2026-11-20T08:00:00Z, not ${text}.`);
    return (await proof.seqAt(log, time)) - before;
  };
  const [firstSeq, lastSeq] = [await read('--from', args.from, 0), await read('--to', args.to, 1)];
  return { ...(firstSeq !== undefined && { firstSeq }), ...(lastSeq !== undefined && { lastSeq }) };
}

/** Azure as the worker's environment names it, or the sandbox that runs here. */
function azureOf(
  around: VerifySurroundings,
  identity: typeof engineCredential,
): { credential: ReturnType<typeof engineCredential>; armEndpoint: string; armScope: string } {
  const { env } = process;
  if (!env['WEIR_ARM_ENDPOINT'] && !env['AZURE_CLIENT_ID'] && !env['DATABASE_URL']) {
    const { clients, endpoints, directories, caFile } = around.sandbox();
    tls.setDefaultCACertificates([...tls.getCACertificates('default'), readFileSync(caFile, 'utf8')]);
    Object.assign(env, {
      WEIR_ARM_ENDPOINT: endpoints.arm,
      AZURE_AUTHORITY_HOST: endpoints.authority,
      AZURE_TENANT_ID: directories[0]!.tenantId,
      AZURE_CLIENT_ID: clients.engineClientId,
      AZURE_CLIENT_SECRET: clients.engineClientSecret,
    });
  }
  return {
    credential: identity({ authorityHost: env['AZURE_AUTHORITY_HOST'] || 'https://login.microsoftonline.com' }),
    armEndpoint: env['WEIR_ARM_ENDPOINT'] || 'https://management.azure.com',
    armScope: env['WEIR_ARM_SCOPE'] || 'https://management.azure.com/.default',
  };
}

const said: Record<VerifyFault['kind'], string> = {
  missing: 'missing',
  changed: 'changed',
  doubled: 'doubled',
  misplaced: 'out of order',
  foreign: 'not ours',
  unaccounted: 'not in the ledger',
  'not-as-sent': 'not as it was sent',
  altered: 'altered in the log',
  removed: 'removed from the log',
  inserted: 'put into the log',
  'broken-chain': 'chain broken',
  unreadable: 'not compared',
};
const parts = { storage: 'blob', eventHub: 'message', log: 'link' };
const many = (n: number, what: string, more = `${what}s`): string => `${n} ${n === 1 ? what : more}`;

/** A report for a person. */
export function asText(report: VerifyReport): string {
  const name =
    report.kind === 'log'
      ? `Log ${report.category}`
      : `${report.setting}, ${report.category}, ${report.kind === 'storage' ? 'storage account' : 'event hub'}`;
  const note = report.note ? `\n  ${report.note}` : '';
  if (report.firstSeq === null && report.faults.length === 0) return `${name}\n  Holds: there is nothing to verify.${note}`;
  const seconds = Math.max(report.durationMs, 1) / 1000;
  const rate = Math.round(report.records / seconds);
  const counts = Object.entries(report.counts).map(([kind, n]) => `${n} ${said[kind as VerifyFault['kind']]}`);
  const verdict = report.result === 'holds' ? `Holds: every record is there once and unaltered.` : `Differs: ${counts.join(', ')}.`;
  const repeated = report.repetitions > 0 ? ` ${report.repetitions} came again in a repeated message, which is allowed.` : '';
  const lines = [
    name,
    `  ${verdict}`,
    `  Records ${report.firstSeq} to ${report.lastSeq}: ${report.records} as they should be, in ${many(report.parts, parts[report.kind])}.${repeated}`,
    ...(report.tests ? [`  ${many(report.tests, 'test record')} that an admin sent with Check, beside them.`] : []),
    ...(report.replayed ?? []).slice(0, SHOWN).map((r) => `  ${replayedText(r)}`),
    `  ${seconds.toFixed(1)} s, ${rate} records/s${report.bytes > 0 ? `, ${(report.bytes / 1e6).toFixed(1)} MB` : ''}${note}`,
  ];
  if (report.head) lines.push(`  Head ${report.head}`);
  for (const fault of report.faults.slice(0, SHOWN)) lines.push(`  ${faultText(fault)}`);
  if (report.faults.length > SHOWN) lines.push(`  … and ${report.faults.length - SHOWN} more; --json has them.`);
  return lines.join('\n');
}
const replayedText = ({ kind, by, at, records }: NonNullable<VerifyReport['replayed']>[number]): string =>
  `${kind === 'replay' ? 'Replayed' : 'Resent from quarantine'}: ${many(records, 'copy', 'copies')}, asked for by ${by} on ${at.slice(0, 19).replace('T', ' ')} UTC; unaltered.`;
function faultText({ kind, firstSeq, lastSeq, id, at, note }: VerifyFault): string {
  const record =
    firstSeq === null ? '' : firstSeq === lastSeq ? `record ${firstSeq}${id ? ` (${id})` : ''}` : `records ${firstSeq} to ${lastSeq}`;
  const place =
    at === null
      ? ''
      : at.kind === 'storage'
        ? `${at.container}/${at.blob}${at.offset === null ? '' : ` at byte ${at.offset}`}`
        : `partition ${at.partition}, message ${at.sequenceNumber}`;
  return [`${said[kind]}:`.padEnd(22), [record, place].filter(Boolean).join(', '), note ? ` ${note}` : ''].join('');
}
