import {
  EventHubConsumerClient,
  earliestEventPosition,
  RetryMode,
  type PartitionProperties,
  type ReceivedEventData,
} from '@azure/event-hubs';
import { CannotVerify } from '@weir/engine';
import type { HubVerification } from './verify.ts';

/** Messages that one partition hands over at a time; each may be 1 MB. */
const MESSAGES = 16;
/** No message for so long although some must come. */
const SILENCE_MS = 60_000;

/**
 * Hands over every message from `since` to what was the last one of each partition when it began. Returns the time before which
 * messages may be gone; null when all that ever came is still there.
 */
export async function readHub(
  options: Pick<HubVerification, 'connectionString' | 'hub' | 'signal'>,
  since: Date | null,
  onMessage: (event: ReceivedEventData, partition: string) => Promise<void>,
): Promise<Date | null> {
  const client = new EventHubConsumerClient('$Default', options.connectionString, options.hub, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 500, maxRetryDelayInMs: 4_000, mode: RetryMode.Exponential, timeoutInMs: 20_000 },
  });
  try {
    const ids = await client.getPartitionIds({ abortSignal: options.signal });
    const partitions = await Promise.all(ids.map((id) => client.getPartitionProperties(id, { abortSignal: options.signal })));
    let oldest: Date | null = null;
    const gone = (before: Date) => (oldest = oldest === null || before > oldest ? before : oldest);
    for (const p of partitions) if (p.isEmpty && p.lastEnqueuedSequenceNumber >= 0) gone(p.lastEnqueuedOnUtc);
    await Promise.all(
      partitions
        .filter((p) => !p.isEmpty && (since === null || p.lastEnqueuedOnUtc >= since))
        .map((p) =>
          readPartition(client, p, since, options.signal, async (event, partition) => {
            if (event.sequenceNumber === p.beginningSequenceNumber && p.beginningSequenceNumber > 0) gone(event.enqueuedTimeUtc);
            await onMessage(event, partition);
          }),
        ),
    );
    return oldest;
  } finally {
    await client.close().catch(() => {});
  }
}

async function readPartition(
  client: EventHubConsumerClient,
  partition: PartitionProperties,
  since: Date | null,
  signal: AbortSignal,
  onMessage: (event: ReceivedEventData, partition: string) => Promise<void>,
): Promise<void> {
  const end = Promise.withResolvers<void>();
  let heard = Date.now();
  const stop = () => end.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  const subscription = client.subscribe(
    partition.partitionId,
    {
      async processEvents(events) {
        try {
          for (const event of events) {
            if (event.sequenceNumber > partition.lastEnqueuedSequenceNumber) break;
            await onMessage(event, partition.partitionId);
          }
          const last = events.at(-1)?.sequenceNumber;
          if (last !== undefined) heard = Date.now();
          if (last !== undefined && last >= partition.lastEnqueuedSequenceNumber) end.resolve();
          else if (Date.now() - heard > SILENCE_MS)
            end.reject(new CannotVerify(`Partition ${partition.partitionId} of the event hub sent nothing for a minute.`));
        } catch (error) {
          end.reject(error);
        }
      },
      processError: async (error) => end.reject(error),
    },
    {
      startPosition: since === null ? earliestEventPosition : { enqueuedOn: since },
      maxBatchSize: MESSAGES,
      maxWaitTimeInSeconds: 5,
      skipParsingBodyAsJson: true,
    },
  );
  try {
    await end.promise;
  } finally {
    signal.removeEventListener('abort', stop);
    await subscription.close();
  }
}
