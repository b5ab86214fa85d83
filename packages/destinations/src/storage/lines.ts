import { createHash } from 'node:crypto';
import { copyKey, type BlobSegment, type Cursor, type ExpectedLine, type FoundLine, type LogRecord, type ProofReader } from '@weir/engine';
import { LINE_END } from './archive.ts';

const LF = 0x0a;
const CR = 0x0d;
const END = Buffer.from(LINE_END);
/** Bodies of the log that are read at a time. Two pages are held: one that is compared, one on its way. */
const PAGE_BYTES = 4 << 20;
/** Stands for a record that the log no longer has; no line of a blob can be like it. */
const GONE = Buffer.from('\n');

/** The lines of a download, one by one, each where it begins. */
export function blobLines(chunks: AsyncIterator<Buffer>): Cursor<FoundLine> {
  let lines: FoundLine[] = [];
  let at = 0;
  let offset = 0;
  let rest: Buffer[] = [];
  let done = false;
  const push = (bytes: Buffer) => {
    const whole = bytes.length >= 2 && bytes.at(-1) === LF && bytes.at(-2) === CR;
    lines.push({ offset, bytes: whole ? bytes.subarray(0, -2) : bytes, whole });
    offset += bytes.length;
  };
  return {
    peek: () => lines[at],
    take: () => void (at += 1),
    async fill() {
      lines = [];
      at = 0;
      while (!done && lines.length === 0) {
        const next = await chunks.next();
        if (next.done) {
          done = true;
          const last = Buffer.concat(rest);
          if (last.length > 0) push(last);
          break;
        }
        const chunk = next.value;
        let from = 0;
        for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
          const piece = chunk.subarray(from, end + 1);
          push(rest.length > 0 ? Buffer.concat([...rest, piece]) : piece);
          rest = [];
          from = end + 1;
        }
        if (from < chunk.length) rest.push(chunk.subarray(from));
      }
      return lines.length > 0;
    },
  };
}

/** What the log makes of a batch's bytes, where it is not what the ledger says was sent. */
export interface Unlike {
  readonly segment: BlobSegment;
  /** Records that the log no longer has. */
  readonly gone: readonly number[];
  /** They never were in the batch: it was made without them. */
  readonly without: boolean;
}

/**
 * The records that the ledger says are in a blob, in the blob's order, read from the log. While they pass, each batch is
 * rendered as it was sent and its digest is compared with the ledger's; batches that come out otherwise are in `unlike`. Waits
 * for `pace` after each page of about 4 MB.
 */
export function expectedLines(
  proof: ProofReader,
  segments: readonly BlobSegment[],
  own: (segment: BlobSegment, seq: number) => boolean,
  pace: () => Promise<void> = async () => {},
): Cursor<ExpectedLine> & { readonly unlike: readonly Unlike[] } {
  const unlike: Unlike[] = [];
  let lines: ExpectedLine[] = [];
  let at = 0;
  const pages = readPages(proof, segments);
  const digest = new SegmentDigests(unlike);
  return {
    unlike,
    peek: () => lines[at],
    take: () => void (at += 1),
    async fill() {
      const next = await pages.next();
      at = 0;
      lines = [];
      if (next.done) return false;
      await pace();
      for (const { segment, seq, record } of next.value) {
        if (seq === null) {
          digest.end(segment);
          continue;
        }
        const copy = segment.replay ? { copy: copyKey(segment.replay) } : undefined;
        lines.push({ seq, body: record?.body ?? GONE, own: own(segment, seq), ...copy });
        digest.add(seq, record);
      }
      // A page of a log may hold nothing that went.
      return lines.length > 0 || this.fill();
    },
  };
}

class SegmentDigests {
  readonly #unlike: Unlike[];
  #hash = createHash('sha256');
  #gone: number[] = [];
  constructor(unlike: Unlike[]) {
    this.#unlike = unlike;
  }
  add(seq: number, record: LogRecord | null): void {
    if (record) this.#hash.update(record.body).update(END);
    else this.#gone.push(seq);
  }
  end(segment: BlobSegment): void {
    const made = this.#hash.digest();
    const same = segment.digest?.equals(made) ?? null;
    if (this.#gone.length > 0 || same === false) this.#unlike.push({ segment, gone: this.#gone, without: same === true });
    this.#hash = createHash('sha256');
    this.#gone = [];
  }
}

interface Placed {
  segment: BlobSegment;
  /** Null: the segment ends here. */
  seq: number | null;
  record: LogRecord | null;
}

/** Every record of the segments that went, in their order; null for one that the log does not have. The next page is read while one is used. */
async function* readPages(proof: ProofReader, segments: readonly BlobSegment[]): AsyncGenerator<Placed[], undefined> {
  for (let from = 0; from < segments.length;) {
    // Batches that follow each other in the log are read in one go: most are far smaller than a page.
    const head = segments[from]!;
    let to = from;
    while (segments[to + 1] && follows(segments[to]!, segments[to + 1]!)) to += 1;
    const last = segments[to]!.lastSeq;
    const read = (after: number) => {
      const page = proof.read(head, after, last, PAGE_BYTES, head.shapeId);
      page.catch(() => {});
      return page;
    };
    let segment = from;
    let next: ReturnType<ProofReader['read']> | null = read(head.firstSeq - 1);
    while (next) {
      const page: Awaited<ReturnType<ProofReader['read']>> = await next;
      const { records, holes, through } = page;
      next = through < last ? read(through) : null;
      const placed: Placed[] = [];
      const endBefore = (seq: number) => {
        for (; segment <= to && segments[segment]!.lastSeq < seq; segment += 1)
          placed.push({ segment: segments[segment]!, seq: null, record: null });
      };
      for (let [r, h] = [0, 0]; r < records.length || h < holes.length;) {
        const gone = (holes[h] ?? Number.POSITIVE_INFINITY) < (records[r]?.seq ?? Number.POSITIVE_INFINITY);
        const seq: number = gone ? holes[h]! : records[r]!.seq;
        endBefore(seq);
        placed.push({ segment: segments[segment]!, seq, record: gone ? null : records[r]! });
        if (gone) h += 1;
        else r += 1;
      }
      endBefore(through + 1);
      yield placed;
    }
    from = to + 1;
  }
  return undefined;
}
const follows = (a: BlobSegment, b: BlobSegment): boolean =>
  b.firstSeq === a.lastSeq + 1 &&
  a.shapeId === b.shapeId &&
  (a.replay === null) === (b.replay === null) &&
  a.provider === b.provider &&
  a.category === b.category;
