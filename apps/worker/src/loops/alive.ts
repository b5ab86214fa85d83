import { pause } from '@weir/engine';
import type { Store } from '@weir/store';
import type { Logger } from 'pino';

const EVERY_MS = 2_000;

/** Says every two seconds that this worker lives, so that it gets its share of the deliveries. */
export async function aliveLoop(loop: { store: Store; worker: string; log: Logger; signal: AbortSignal }): Promise<void> {
  while (!loop.signal.aborted) {
    await loop.store.workers
      .seen(loop.worker)
      .catch((error: unknown) => loop.log.error({ err: error }, 'the database could not be told that this worker lives'));
    await pause(EVERY_MS, loop.signal);
  }
}
