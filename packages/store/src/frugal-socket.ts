import { Socket } from 'node:net';

/** Bytes that one read takes at most, and of the longest message that is put together here. */
const ROOM = 64 << 10;
/** One byte for what a message is, four for how long it is without the first: https://www.postgresql.org/docs/current/protocol-overview.html */
const HEADER = 5;

/**
 * A connection to PostgreSQL, without TLS, that reads into one buffer of its own. Node takes 64 KB anew for each read, and for so
 * much of such memory V8 looks through the whole heap: a worker that reads a log took a sixth longer for that alone.
 * The driver's parser keeps a message that is not whole where it lies, and moves it about in there. It is therefore given whole
 * messages, and of one that is longer than the buffer a copy of the first piece, after which it keeps the pieces by itself.
 */
export function frugalSocket(): Socket {
  const room = Buffer.allocUnsafeSlow(ROOM);
  /** The first bytes of a message, at the beginning of the buffer. */
  let kept = 0;
  /** Bytes that are still to come of a message whose first piece was passed on. */
  let owed = 0;
  const socket = new Socket({
    onread: {
      buffer: () => room.subarray(kept),
      callback(count) {
        const end = kept + count;
        const pass = (bytes: Buffer) => bytes.length > 0 && socket.emit('data', bytes);
        const from = Math.min(owed, end);
        owed -= from;
        let whole = from;
        for (let next = whole; next <= end; next = endOf(room, whole, end)) whole = next;
        pass(room.subarray(0, whole));
        kept = end - whole;
        const length = endOf(room, whole, end) - whole;
        if (length > ROOM && length < Number.POSITIVE_INFINITY) {
          pass(Buffer.from(room.subarray(whole, end)));
          owed = length - kept;
          kept = 0;
        } else room.copyWithin(0, whole, end);
        return true;
      },
    },
  });
  return socket;
}

/** Where the message that begins at `at` ends; infinite while its length is not there. */
const endOf = (bytes: Buffer, at: number, end: number): number =>
  at + HEADER <= end ? at + 1 + bytes.readUInt32BE(at + 1) : Number.POSITIVE_INFINITY;
