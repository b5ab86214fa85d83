import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

export interface StoredEvent {
  sequence: number;
  offset: number;
  enqueuedAt: number;
  /** The event's AMQP sections as they came. */
  bytes: Buffer;
}
const HEAD = 20;
/** Bytes that a partition keeps; older events fall out, as they would after the hub's retention. */
const KEEP_BYTES = 64 << 20;

/** One partition: events in order, in memory and in a file that only grows until it is cut back at a start. */
export class Partition {
  readonly events: StoredEvent[] = [];
  next = 0;
  #offset = 0;
  #bytes = 0;
  readonly #file: string;
  constructor(file: string) {
    this.#file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    const data = readFileSync(file);
    for (let at = 0; at + HEAD <= data.length;) {
      const length = data.readUInt32BE(at);
      // A cut at the end of the file: that event was never acknowledged.
      if (at + HEAD + length > data.length) break;
      this.#keep({
        sequence: Number(data.readBigUInt64BE(at + 4)),
        offset: this.#offset,
        enqueuedAt: Number(data.readBigUInt64BE(at + 12)),
        bytes: data.subarray(at + HEAD, at + HEAD + length),
      });
      at += HEAD + length;
    }
    if (data.length > 2 * KEEP_BYTES) writeFileSync(file, Buffer.concat(this.events.flatMap(encode)));
  }
  append(list: readonly Buffer[]): void {
    const enqueuedAt = Date.now();
    const added = list.map((bytes, i): StoredEvent => ({ sequence: this.next + i, offset: 0, enqueuedAt, bytes }));
    const file = openSync(this.#file, 'a');
    try {
      // Not put together into one: every copy of a megabyte brings the next look through the whole heap nearer. Each is written whole.
      for (const part of added.flatMap(encode)) writeFileSync(file, part);
    } finally {
      closeSync(file);
    }
    for (const event of added) this.#keep({ ...event, offset: this.#offset });
  }
  get last(): StoredEvent | undefined {
    return this.events.at(-1);
  }
  /** Index of the first event at or after a place. */
  find(place: { kind: 'sequence' | 'offset' | 'time'; value: number; inclusive: boolean }): number {
    const of = (e: StoredEvent) => (place.kind === 'sequence' ? e.sequence : place.kind === 'offset' ? e.offset : e.enqueuedAt);
    const index = this.events.findIndex((e) => (place.inclusive ? of(e) >= place.value : of(e) > place.value));
    return index === -1 ? this.events.length : index;
  }
  #keep(event: StoredEvent): void {
    this.events.push(event);
    this.next = event.sequence + 1;
    this.#offset += event.bytes.length;
    this.#bytes += event.bytes.length;
    while (this.#bytes > KEEP_BYTES && this.events.length > 1) this.#bytes -= this.events.shift()!.bytes.length;
  }
}

function encode(event: StoredEvent): Buffer[] {
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(event.bytes.length, 0);
  head.writeBigUInt64BE(BigInt(event.sequence), 4);
  head.writeBigUInt64BE(BigInt(event.enqueuedAt), 12);
  return [head, event.bytes];
}
