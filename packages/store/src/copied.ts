import type pg from 'pg';

/**
 * The rows of one SELECT as a binary COPY. The driver makes a text of every value of an ordinary row; here bytes stay bytes,
 * which for a log's bodies costs both sides half as much.
 * https://www.postgresql.org/docs/current/sql-copy.html#SQL-COPY-BINARY
 */
export class CopiedRows implements pg.Submittable {
  /** Settles when the last row was handed over. */
  readonly done: Promise<void>;
  /** The driver's: told of the end as well, and of how long it waits for it, in ms. */
  callback: ((error?: Error | null) => void) | undefined;
  query_timeout: number | undefined;
  readonly #select: string;
  readonly #row: (fields: Fields) => void;
  readonly #fields = new Fields();
  /** The part of a row whose rest comes with the next message. */
  #rest: Buffer | null = null;
  #begun = false;
  #settle: (error?: Error | null) => void = () => {};

  /** `select` has no parameters: COPY takes none. `row` is called for each row as it arrives and reads its fields at once. */
  constructor(select: string, row: (fields: Fields) => void) {
    this.#select = select;
    this.#row = row;
    this.done = new Promise((done, fail) => {
      this.#settle = (error) => (error ? fail(error) : done());
    });
    // Whoever asked for the rows may have heard of the failure by another way first.
    this.done.catch(() => {});
  }

  submit(connection: pg.Connection): void {
    connection.query(`copy (${this.#select}) to stdout (format binary)`);
  }
  handleCopyData({ chunk }: { chunk: Buffer }): void {
    const bytes = this.#rest === null ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = null;
    const keep = (from: number) => void (this.#rest = Buffer.from(bytes.subarray(from)));
    let at = 0;
    if (!this.#begun) {
      if (bytes.length < HEADER || bytes.length < HEADER + bytes.readInt32BE(HEADER - 4)) return keep(0);
      at = HEADER + bytes.readInt32BE(HEADER - 4);
      this.#begun = true;
    }
    while (at < bytes.length) {
      const end = endOfRow(bytes, at);
      if (end === null) return keep(at);
      if (end === at + COUNT) return;
      this.#row(this.#fields.of(bytes, at + COUNT));
      at = end;
    }
  }
  handleReadyForQuery(): void {
    this.#settle();
    this.callback?.(null);
  }
  handleError(error: Error): void {
    this.#settle(error);
    this.callback?.(error);
  }
  handleRowDescription(): void {}
  handleDataRow(): void {}
  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}
  handlePortalSuspended(): void {}
}
/** Signature, flags, and the length of what extends them. */
const HEADER = 19;
/** How many fields a row has; -1 is the end of all. */
const COUNT = 2;

/** Null: not all of it is there. The end of all rows ends like a row without fields, which COPY does not make of ours. */
function endOfRow(bytes: Buffer, from: number): number | null {
  if (from + COUNT > bytes.length) return null;
  const columns = bytes.readInt16BE(from);
  let at = from + COUNT;
  for (let n = 0; n < columns; n += 1) {
    if (at + 4 > bytes.length) return null;
    at += 4 + bytes.readInt32BE(at);
  }
  return at <= bytes.length ? at : null;
}

/** 2000-01-01, where PostgreSQL begins to count. */
const EPOCH_MS = 946_684_800_000;

/** The fields of a row, none of them null, read in the order of its columns. */
export class Fields {
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;
  of(bytes: Buffer, at: number): this {
    this.#bytes = bytes;
    this.#at = at;
    return this;
  }
  /** Steps over a field, and answers where it begins. */
  #step(): number {
    const from = this.#at + 4;
    this.#at = from + this.#bytes.readInt32BE(from - 4);
    return from;
  }
  /** Of a magnitude below 2^53. */
  bigint(): number {
    const from = this.#step();
    return this.#bytes.readInt32BE(from) * 2 ** 32 + this.#bytes.readUInt32BE(from + 4);
  }
  /** A timestamptz, in ms since 1970. */
  time(): number {
    return Math.floor(this.bigint() / 1000) + EPOCH_MS;
  }
  text(): string {
    const from = this.#step();
    return this.#bytes.toString('utf8', from, this.#at);
  }
  /** How many bytes the next field has. */
  get length(): number {
    return this.#bytes.readInt32BE(this.#at);
  }
  /** The bytes of a text, as `take` copies them out of the driver's own: a view of them for each of thousands of rows would cost more than the copy. */
  bytes(take: (source: Buffer, from: number, to: number) => Buffer): Buffer {
    const from = this.#step();
    return take(this.#bytes, from, this.#at);
  }
}
