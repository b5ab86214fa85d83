import { randomUUID } from 'node:crypto';
import type { DestinationTargets, DestinationType } from '@weir/contract';
import {
  bounded,
  noSecrets,
  timeLimit,
  unknownFailure,
  type DeliveryIdentity,
  type DeliveryOutcome,
  type DestinationFactory,
  type LogRecord,
  type OpenDestination,
  type Secrets,
} from '@weir/engine';
import { createDestinations, type DestinationsOptions } from './create.ts';
import { withoutSecrets } from './http/outcomes.ts';
import { keepExchanges, type Exchange } from './watch.ts';

/** As much of one destination as a person waits for. */
export const TRIAL_LIMIT_MS = 15_000;
/** A place may be taken by another test in between. */
const MAX_STALE = 3;

export type TrialOptions = Omit<DestinationsOptions, 'intervals' | 'watch'> & {
  /** For one destination; 15 s without it. */
  limitMs?: number;
};
export interface TrialRequest<T extends DestinationType = DestinationType> {
  readonly type: T;
  readonly target: DestinationTargets[T];
  readonly log: Pick<DeliveryIdentity, 'tenantId' | 'provider' | 'category'>;
  readonly record: LogRecord;
  readonly secrets?: Secrets | undefined;
}
/** What came of it; the requests that carried the record, as they left, hold no secret. */
export interface Trial {
  readonly outcome: DeliveryOutcome;
  readonly durationMs: number;
  readonly exchanges: readonly Exchange[];
}

/** Sequence number of a test record: the first record of a log has 1. */
const TEST_SEQ = 0;
/** What the activity of every test record is called. */
export const TEST_ACTIVITY = 'Weir test record';

/** A record of a category that says that it is none. `at` is when it is sent. */
export function testRecord(
  log: Pick<DeliveryIdentity, 'tenantId' | 'category'>,
  sender: { readonly oid: string; readonly upn: string; readonly name: string; readonly correlationId: string },
  at: Date,
): LogRecord {
  const id = randomUUID();
  const time = at.toISOString();
  const body = {
    time,
    tenantId: log.tenantId,
    category: log.category,
    operationName: TEST_ACTIVITY,
    identity: sender.upn,
    resultType: 'Success',
    resultDescription: 'None',
    correlationId: sender.correlationId,
    properties: {
      RecordId: id,
      TestRecord: true,
      Note: 'A test that an admin sent with Check. Nothing happened, and it is in no log.',
      SentBy: { ObjectId: sender.oid, UPN: sender.upn, Name: sender.name },
      SentAt: time,
    },
  };
  return { seq: TEST_SEQ, id, time, body: Buffer.from(JSON.stringify(body)) };
}

/** Errors of @azure/identity that say that this process has no identity at all. */
const withoutIdentity = new Set(['CredentialUnavailableError', 'AggregateAuthenticationError']);

/**
 * Sends one test record to a destination the way a delivery does (open, prepare, send), within 15 s. It stands apart from what
 * deliveries send: another blob, ids of its own. Never throws.
 */
export async function tryDestination<T extends DestinationType>(
  options: TrialOptions,
  request: TrialRequest<T>,
  signal: AbortSignal,
): Promise<Trial> {
  const { type, target, log, record, secrets = noSecrets } = request;
  const { limitMs = TRIAL_LIMIT_MS, ...rest } = options;
  const { watch, exchanges } = keepExchanges();
  const factories = createDestinations({ ...rest, intervals: { storage: 0, eventHub: 0, logAnalytics: 0, partner: 0 }, watch });
  const identity: DeliveryIdentity = { ...log, deliveryId: record.id, testId: record.id };
  const limit = timeLimit(signal, limitMs);
  const started = performance.now();
  // The type belongs to the target, which the compiler cannot follow through the record.
  const attempt = send(factories[type] as unknown as DestinationFactory, target, identity, record, secrets, limit.signal);
  const outcome = await bounded(attempt, limit.signal)
    .catch((error: unknown): DeliveryOutcome => {
      const failure = unknownFailure(error);
      return limit.signal.aborted ? { ...failure, fault: { ...failure.fault, code: 'timeout' } } : failure;
    })
    .finally(() => limit.clear());
  const durationMs = Math.round(performance.now() - started);
  return {
    outcome: explained(outcome),
    durationMs,
    exchanges: exchanges.map((e) => ({ ...e, answer: e.answer && { ...e.answer, text: withoutSecrets(e.answer.text, secrets) } })),
  };
}

async function send(
  factory: DestinationFactory,
  target: DestinationTargets[DestinationType],
  identity: DeliveryIdentity,
  record: LogRecord,
  secrets: Secrets,
  signal: AbortSignal,
): Promise<DeliveryOutcome> {
  let destination: OpenDestination | undefined;
  try {
    const opened = await factory.open(target, identity, signal, secrets);
    if (opened.kind !== 'open') return opened;
    destination = opened.destination;
    signal.throwIfAborted();
    const fault = destination.refuse(record);
    if (fault) return { kind: 'rejected', fault };
    for (let stale = 0; ; stale += 1) {
      const prepared = await destination.prepare([record], signal);
      if (prepared.kind !== 'prepared') return prepared;
      const outcome = await destination.send([record], prepared.prepared, signal);
      if (outcome.kind !== 'stale' || stale === MAX_STALE) return outcome;
    }
  } finally {
    // On a dead line that takes long, and nobody need wait for it.
    void destination?.close().catch(() => {});
  }
}

function explained(outcome: DeliveryOutcome): DeliveryOutcome {
  if (outcome.kind === 'accepted' || !withoutIdentity.has(outcome.fault.code)) return outcome;
  return {
    kind: 'misconfigured',
    fault: {
      code: outcome.fault.code,
      message: 'The web server has no identity to reach Azure with.',
      remedy: 'Give it the identity that the worker has (AZURE_TENANT_ID, AZURE_CLIENT_ID and so on, or the same managed identity).',
    },
  };
}
