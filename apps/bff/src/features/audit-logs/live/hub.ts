import { liveLimits, printQuery, type AuditRow, type Query } from '@weir/contract';
import type { Logger } from 'pino';
import { HttpProblem } from '../../../http/problem.ts';
import type { Store } from '../../../ports.ts';

/** Where an append's wake-up did not arrive, this does. */
const POLL_MS = 2_000;
/** A head is asked for at most so often: appends that come closer together are told of together. */
const PAUSE_MS = 50;
/** Reads that may run at a time. Searches need the pool's other connections. */
const READERS = 3;
/** Records that one read looks at. */
export const CHUNK = 500;

interface Head {
  seq: number;
  /** The streams that wait for the log to grow. */
  readonly waiting: Set<() => void>;
  watchers: number;
  asking: Promise<void> | null;
  again: boolean;
}
export interface Watch {
  /** The last sequence number that is known. */
  readonly head: number;
  /** Resolves when the log is longer than `seq`, after `ms`, or when the signal fires. */
  grown(seq: number, ms: number, signal: AbortSignal): Promise<void>;
  /** As the log's `tail`; streams that ask the same at the same time share the answer. */
  read(query: Query, afterSeq: number): Promise<{ rows: readonly AuditRow[]; lastSeq: number }>;
  stop(): void;
}

/**
 * What the live streams of a process share: one connection that listens for appends, one look at a log's head for all who watch
 * it, a few readers, and the count of streams. Holds nothing while nobody watches and nothing is appended.
 */
export class LiveHub {
  readonly #store: Store;
  readonly #logger: Logger;
  readonly #stopping = new AbortController();
  readonly #heads = new Map<string, Head>();
  readonly #streams = new Map<string, number>();
  readonly #reads = new Map<string, Promise<{ rows: AuditRow[]; lastSeq: number }>>();
  readonly #queue: (() => void)[] = [];
  #count = 0;
  #reading = 0;
  #stopListening: (() => Promise<void>) | null = null;
  #poll: NodeJS.Timeout | undefined;

  constructor(store: Store, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }
  /** Fires when the server stops. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** Takes a place for a stream; gives it back by what is returned. Throws a problem when there is none. */
  enter(tenantId: string, oid: string): () => void {
    const { perPerson, perServer } = liveLimits;
    const key = `${tenantId}|${oid}`;
    const mine = this.#streams.get(key) ?? 0;
    const refuse = (detail: string) => new HttpProblem('rate.limited', detail, { headers: { 'Retry-After': '10' } });
    if (mine >= perPerson)
      throw refuse(`You have ${perPerson} live streams open, and more are not possible. Stop Live in another tab, then try again.`);
    if (this.#count >= perServer)
      throw refuse(
        `This server has ${perServer} live streams open, and more are not possible. Try again later, or refresh the list by hand.`,
      );
    this.#streams.set(key, mine + 1);
    this.#count += 1;
    return () => {
      this.#count -= 1;
      const left = this.#streams.get(key)! - 1;
      if (left > 0) this.#streams.set(key, left);
      else this.#streams.delete(key);
    };
  }

  /** Watches a directory's log. The head is as new as the call. */
  async watch(tenantId: string): Promise<Watch> {
    this.#listen();
    const head = this.#heads.get(tenantId) ?? { seq: 0, waiting: new Set(), watchers: 0, asking: null, again: false };
    this.#heads.set(tenantId, head);
    head.watchers += 1;
    const stop = () => {
      head.watchers -= 1;
      if (head.watchers === 0) this.#heads.delete(tenantId);
    };
    try {
      this.#grew(head, await this.#store.forDirectory(tenantId).audit.head());
    } catch (error) {
      stop();
      throw error;
    }
    return {
      get head() {
        return head.seq;
      },
      grown: (seq, ms, signal) =>
        new Promise((done) => {
          if (head.seq > seq || signal.aborted) return done();
          const end = () => {
            clearTimeout(timer);
            head.waiting.delete(look);
            signal.removeEventListener('abort', end);
            done();
          };
          const look = () => {
            if (head.seq > seq) end();
          };
          const timer = setTimeout(end, ms);
          head.waiting.add(look);
          signal.addEventListener('abort', end, { once: true });
        }),
      read: (query, afterSeq) => this.#read(tenantId, query, afterSeq),
      stop,
    };
  }

  /** Ends every stream and the listening connection. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#poll);
    await this.#stopListening?.();
  }

  #listen(): void {
    if (this.#stopListening || this.#stopping.signal.aborted) return;
    this.#stopListening = this.#store.onAppend((tenantId) => this.#ask(tenantId));
    this.#poll = setInterval(() => {
      for (const tenantId of this.#heads.keys()) this.#ask(tenantId);
    }, POLL_MS).unref();
  }

  #ask(tenantId: string): void {
    const head = this.#heads.get(tenantId);
    if (!head) return;
    if (head.asking) {
      head.again = true;
      return;
    }
    head.again = false;
    head.asking = this.#store
      .forDirectory(tenantId)
      .audit.head()
      .then(
        (seq) => this.#grew(head, seq),
        // The next poll asks again; a database that is gone ends the streams when they read.
        (error: unknown) => this.#logger.warn({ err: error, tenantId }, 'the head of the log could not be read'),
      )
      .finally(() => {
        setTimeout(() => {
          head.asking = null;
          if (head.again) this.#ask(tenantId);
        }, PAUSE_MS).unref();
      });
  }

  #grew(head: Head, seq: number): void {
    if (seq <= head.seq) return;
    head.seq = seq;
    for (const look of head.waiting) look();
  }

  #read(tenantId: string, query: Query, afterSeq: number): Promise<{ rows: AuditRow[]; lastSeq: number }> {
    const key = `${tenantId}|${afterSeq}|${printQuery(query)}`;
    const running = this.#reads.get(key);
    if (running) return running;
    const read = this.#place()
      .then(() => this.#store.forDirectory(tenantId).audit.tail(query, afterSeq, CHUNK))
      .finally(() => {
        this.#reads.delete(key);
        const next = this.#queue.shift();
        if (next) next();
        else this.#reading -= 1;
      });
    this.#reads.set(key, read);
    return read;
  }

  /** Resolves when a reader is free. It is handed on, or given back, when the read is done. */
  #place(): Promise<void> {
    if (this.#reading < READERS) {
      this.#reading += 1;
      return Promise.resolve();
    }
    return new Promise((done) => this.#queue.push(done));
  }
}
