import { setTimeout as sleep } from 'node:timers/promises';
import type { DestinationFactory, LogRecord, OpenDestination } from '@weir/engine';
import { expect } from 'vitest';
import type { HalfOpenProxy } from './half-open-proxy.ts';

/**
 * How a service can misbehave: it asks to wait, refuses access, never answers, does the work and loses the answer, cuts the
 * connection, or answers with an error that nobody has heard of.
 */
export type FaultKind = 'throttle' | 'refuse' | 'hang' | 'lose answer' | 'cut' | 'unknown';
/** `open`: where the destination looks up addresses and keys. `send`: the service that takes the records. */
export type FaultPlace = 'open' | 'send';
export type Guarantee = 'exactly once' | 'at least once, same message id' | 'at least once';
export type Gap = 'close on a dead line';
type Opened = Awaited<ReturnType<DestinationFactory['open']>>;

/** A record as the service holds it. */
export interface DeliveredRecord {
  id: string;
  seq: number;
  body: string;
  /** The id of the message that it came in, where the service has such a thing. */
  messageId?: string;
}
/** A place of its own in a real service (or one that enforces the real limits), reached by the real client over `line`. */
export interface DestinationHarness {
  open(signal: AbortSignal): Promise<Opened>;
  /** What is there, in the service's order. Waits until at least `atLeast` records have come. */
  readBack(atLeast: number): Promise<DeliveredRecord[]>;
  /** Messages, calls or appends since the place was made. */
  messages(): Promise<{ bytes: number }[]>;
  /** Until `clearFaults`. */
  fault(kind: FaultKind, place: FaultPlace): Promise<void>;
  clearFaults(): Promise<void>;
  /** All traffic to the service goes through it. */
  line: HalfOpenProxy;
  /** Keys and tokens of this place; none may ever be seen outside. */
  secrets(): string[];
}
export interface DestinationTraits {
  guarantee: Guarantee;
  /** What one message, call or append may hold. */
  messageBytes: number;
  /** Whether some records are too large for it for ever. */
  refusesLargeRecords: boolean;
  /** Where a refused key shows: a connection that stands may be let alone by the service. */
  refusedAt: FaultPlace;
  /** What a throttling service asks for, in ms. */
  retryAfterMs: Record<FaultPlace, number>;
  /** Where it talks to a service at all; both when left out. */
  places?: readonly FaultPlace[];
  /** Tests that it is known not to pass yet. One that passes after all fails the run, and is then taken off this list. */
  gaps?: readonly Gap[];
  /** How a record must come out, when not as its body. */
  expected?: (record: LogRecord) => string;
  /** Makes a place that no other test uses. */
  start(): Promise<DestinationHarness>;
}

export const within = (ms = 20_000): AbortSignal => AbortSignal.timeout(ms);

/** A record whose body tells its own number; `text` goes into it, `bytes` is about how large it becomes. */
export function suiteRecord(seq: number, more: { text?: string; bytes?: number } = {}): LogRecord {
  const make = (filler: number) =>
    Buffer.from(
      JSON.stringify({
        seq,
        id: `id-${seq}`,
        time: '2026-11-21T08:00:00.000Z',
        category: 'AuditLogs',
        operationName: `Patch Policy ${seq}`,
        identity: 'indra.rao@contoso.example',
        resultType: 'Success',
        resultDescription: 'None',
        correlationId: '1b4e28ba-2fa1-41d2-883f-0016d3cca427',
        properties: { text: more.text ?? '', filler: 'n'.repeat(filler) },
      }),
    );
  const small = make(0);
  return {
    seq,
    id: `id-${seq}`,
    time: '2026-11-21T08:00:00.000Z',
    body: more.bytes === undefined ? small : make(Math.max(0, more.bytes - small.length)),
  };
}
export const suiteRecords = (count: number, from = 1, more: { text?: string; bytes?: number } = {}): LogRecord[] =>
  Array.from({ length: count }, (_, i) => suiteRecord(from + i, more));

/** Runs one test's steps on a harness and looks over everything that a destination says. */
export class Trial {
  readonly harness: DestinationHarness;
  readonly traits: DestinationTraits;
  readonly #opened: OpenDestination[] = [];
  constructor(traits: DestinationTraits, harness: DestinationHarness) {
    this.traits = traits;
    this.harness = harness;
  }
  /** Nothing that a destination returns or throws may hold a secret; a fault says what happened. */
  checked<T>(said: T): T {
    const text = JSON.stringify(said, (_key, value: unknown) => (value instanceof Error ? `${value.message} ${value.stack}` : value));
    for (const secret of this.harness.secrets()) expect(text.includes(secret), 'a secret was told').toBe(false);
    const { fault } = said as { fault?: { code: string; message: string } };
    if (fault) expect([fault.code, fault.message].every((t) => t.length > 0 && t.length < 600 && !t.includes('\n'))).toBe(true);
    return said;
  }
  async #guarded<T>(work: Promise<T>): Promise<T> {
    return this.checked(
      await work.catch((error: unknown) => {
        this.checked({ error });
        throw error;
      }),
    );
  }
  tryOpen = async (signal = within()): Promise<Exclude<Opened, { kind: 'open' }> | { kind: 'open'; destination: OpenDestination }> => {
    const result = await this.harness.open(signal);
    if (result.kind === 'open') this.#opened.push(result.destination);
    else this.checked(result);
    return result;
  };
  open = async (): Promise<OpenDestination> => {
    const result = await this.tryOpen();
    if (result.kind !== 'open') throw new Error(`It could not be opened: ${JSON.stringify(result)}`);
    return result.destination;
  };
  prepare = async (destination: OpenDestination, batch: readonly LogRecord[], signal = within()) => {
    const result = await this.#guarded(destination.prepare(batch, signal));
    if (result.kind !== 'prepared') throw new Error(`It could not be prepared: ${JSON.stringify(result)}`);
    // As the engine does: it is kept as JSON in the database, and may come back in another process.
    return JSON.parse(JSON.stringify(result.prepared)) as typeof result.prepared;
  };
  send = (destination: OpenDestination, batch: readonly LogRecord[], prepared: Readonly<Record<string, unknown>>, signal = within()) =>
    this.#guarded(destination.send(batch, prepared, signal));
  /** Prepares and sends as the engine does: a place that went stale is prepared anew. Returns the last outcome. */
  deliver = async (destination: OpenDestination, batch: readonly LogRecord[], signal = within()) => {
    for (let attempt = 0; ; attempt += 1) {
      const made = await this.#guarded(destination.prepare(batch, signal));
      if (made.kind !== 'prepared') return made;
      const outcome = await this.send(destination, batch, made.prepared, signal);
      if (outcome.kind !== 'stale' || attempt > 50) return outcome;
    }
  };
  /** The service holds exactly these records in this order, once or (where no more is promised) at least once. */
  holds = async (records: readonly LogRecord[], copies: 'once' | 'as guaranteed' = 'as guaranteed'): Promise<DeliveredRecord[]> => {
    const there = await this.harness.readBack(records.length);
    const once =
      copies === 'once' || this.traits.guarantee === 'exactly once' ? there : [...new Map(there.map((r) => [r.seq, r] as const)).values()];
    const expected = this.traits.expected ?? ((r: LogRecord) => r.body.toString());
    expect(once.map((r) => [r.seq, r.id])).toEqual(records.map((r) => [r.seq, r.id]));
    expect(there.filter((r) => r.body !== expected(records.find((x) => x.seq === r.seq)!)).map((r) => r.seq)).toEqual([]);
    return there;
  };
  end = async (): Promise<void> => {
    await this.harness.clearFaults();
    // What a test left half open may not close by itself, and would be counted by the next test.
    await Promise.race([Promise.all(this.#opened.map((d) => d.close())), sleep(2_000)]);
    this.harness.line.reset();
    this.harness.line.pass();
  };
}
