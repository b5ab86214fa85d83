import type { TokenCredential } from '@azure/core-auth';
import type { DestinationType } from '@weir/contract';
import { CannotVerify, SecretUnreadable, type ProofReader, type VerifyReport, type VerifyTarget } from '@weir/engine';
import { ArmClient, apiVersions } from './azure/arm.ts';
import { inTenant } from './azure/credential.ts';
import { classify } from './azure/faults.ts';
import { hubName } from './event-hub/index.ts';
import { verifyHub } from './event-hub/verify.ts';
import { storageAccess } from './storage/index.ts';
import { verifyArchive, type ArchiveProgress } from './storage/verify.ts';

/** Types whose records can be read back. */
export const verifiable = ['storage', 'eventHub'] as const satisfies DestinationType[];
export const canVerify = (target: VerifyTarget): target is VerifyTarget<(typeof verifiable)[number]> =>
  (verifiable as readonly string[]).includes(target.type);

export interface VerifyOptions {
  readonly credential: TokenCredential;
  readonly armEndpoint: string;
  readonly armScope: string;
  readonly proof: ProofReader;
  /** Both ends are part of it. Without it: everything that the destination should hold. */
  readonly range?: { firstSeq?: number | undefined; lastSeq?: number | undefined };
  /** Where a verification of an archive goes on. */
  readonly resume?: ArchiveProgress | undefined;
  /** Called after each blob of an archive; false stops. */
  readonly onStep?: (progress: ArchiveProgress, blobs: number) => Promise<boolean>;
  /** Awaited after every 4 MB or so of an archive. */
  readonly pace?: (() => Promise<void>) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Reads back what a delivery brought to its destination and says whether every record is there once and unaltered. Null when
 * `onStep` stopped it. Throws `CannotVerify`, with the reason and what to do, when the destination cannot be read.
 */
export async function verifyDelivery(target: VerifyTarget, options: VerifyOptions): Promise<VerifyReport | null> {
  if (!canVerify(target))
    throw new CannotVerify('Only storage accounts and event hubs can be read back; what was sent elsewhere cannot be verified yet.');
  const arm = new ArmClient({
    credential: inTenant(options.credential, target.tenantId),
    endpoint: options.armEndpoint,
    scope: options.armScope,
  });
  try {
    return target.type === 'storage'
      ? await verifyArchive({
          ...options,
          target: target as VerifyTarget<'storage'>,
          account: await storageAccess(arm, (target as VerifyTarget<'storage'>).target, options.signal),
        })
      : await verifyHub({
          ...options,
          target: target as VerifyTarget<'eventHub'>,
          ...(await hubAccess(arm, target as VerifyTarget<'eventHub'>, options.signal)),
        });
  } catch (error) {
    if (error instanceof SecretUnreadable)
      throw new CannotVerify(
        'The key that values were hashed with cannot be opened, so it cannot be said what was sent. Set WEIR_SECRET_KEY as the worker has it.',
        { cause: error },
      );
    if (error instanceof CannotVerify || (error as Error).name === 'AbortError' || fromDatabase(error)) throw error;
    const failure = classify(error);
    throw new CannotVerify([failure.fault.message, failure.fault.remedy].filter(Boolean).join(' '), { cause: error });
  }
}
/** Errors of the database are not the destination's, and must not be told as such. */
const fromDatabase = (error: unknown): boolean => typeof (error as { severity?: unknown }).severity === 'string';

async function hubAccess(
  arm: ArmClient,
  target: VerifyTarget<'eventHub'>,
  signal: AbortSignal,
): Promise<{ connectionString: string; hub: string; retentionMs: number }> {
  const rule = target.target.authorizationRuleId;
  const { properties } = await arm.get<{ properties: { rights: string[] } }>(rule, apiVersions.eventHub, signal);
  if (!properties.rights.includes('Listen'))
    throw new CannotVerify(
      `The policy ${rule.split('/').at(-1)} may send, but not listen, so the event hub cannot be read back. Give it the right Listen.`,
    );
  const keys = await arm.post<{ primaryConnectionString: string }>(`${rule}/listKeys`, apiVersions.eventHub, undefined, signal);
  const hub = hubName(target.target, target.category);
  const namespace = rule.split(/\/authorizationRules\//i)[0]!;
  // https://learn.microsoft.com/rest/api/eventhub/event-hubs/get: older hubs count in days, newer ones in hours.
  const answer = await arm.get<{
    properties: { messageRetentionInDays?: number; retentionDescription?: { retentionTimeInHours?: number } };
  }>(`${namespace}/eventhubs/${hub}`, apiVersions.eventHub, signal);
  const hours = answer.properties.retentionDescription?.retentionTimeInHours ?? (answer.properties.messageRetentionInDays ?? 1) * 24;
  return { connectionString: keys.primaryConnectionString, hub, retentionMs: hours * 3_600_000 };
}
