import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

export type Direction = 'to service' | 'from service';
type Mode = 'pass' | 'stall' | 'reset' | { swallow: Direction; after: number };

/**
 * A TCP proxy for what no service does on purpose but networks do every day: a firewall that forgets a connection, a cable
 * that is pulled, a peer that stopped reading. It understands no protocol, so TLS and AMQP go through it as they are.
 */
export interface HalfOpenProxy {
  readonly port: number;
  /** Connections that are open now. */
  readonly connections: number;
  /** Bytes seen in a direction since the last change of behaviour, also those that were swallowed. */
  bytes(direction: Direction): number;
  /** All is well again, for new connections: one that lost bytes stays half open, as it would in the world. */
  pass(): void;
  /** From the given byte on nothing arrives in this direction, and both ends believe that the connection stands. */
  swallow(direction: Direction, after?: number): void;
  /** Reads nothing more from either side: their buffers fill up. */
  stall(): void;
  /** Resets the open connections, and new ones at once, until `pass`. */
  reset(): void;
  /** Replaces bytes on their way back. Of the same length, for protocols count bytes. */
  rewrite(from: string, to: string): void;
  close(): Promise<void>;
}

interface Line {
  client: Socket;
  service: Socket;
  /** Bytes were lost: it never works again. */
  broken: Set<Direction>;
}

/** Starts a proxy on loopback before `target`. */
export async function startHalfOpenProxy(target: { host: string; port: number }): Promise<HalfOpenProxy> {
  const lines = new Set<Line>();
  const seen: Record<Direction, number> = { 'to service': 0, 'from service': 0 };
  let mode: Mode = 'pass';
  let replace: { from: Buffer; to: Buffer } | null = null;

  const deliverable = (line: Line, direction: Direction, chunk: Buffer): Buffer | null => {
    const before = seen[direction];
    seen[direction] += chunk.length;
    if (line.broken.has(direction)) return null;
    if (typeof mode !== 'object' || mode.swallow !== direction) return chunk;
    const room = Math.max(0, mode.after - before);
    if (room < chunk.length) line.broken.add(direction);
    return room > 0 ? chunk.subarray(0, room) : null;
  };
  const rewritten = (chunk: Buffer): Buffer => {
    if (!replace) return chunk;
    const copy = Buffer.from(chunk);
    for (let at = copy.indexOf(replace.from); at >= 0; at = copy.indexOf(replace.from, at)) replace.to.copy(copy, at);
    return copy;
  };
  const forward = (line: Line, direction: Direction): void => {
    const [from, to] = direction === 'to service' ? [line.client, line.service] : [line.service, line.client];
    from.on('data', (chunk: Buffer) => {
      const rest = deliverable(line, direction, chunk);
      if (rest && to.writable && !to.write(direction === 'from service' ? rewritten(rest) : rest)) {
        from.pause();
        to.once('drain', () => mode !== 'stall' && from.resume());
      }
    });
    // An end, too, is swallowed on a broken line: the other side must not learn of it.
    from.on('end', () => line.broken.size === 0 && to.end());
    from.on('close', () => {
      if (line.broken.size === 0 || direction === 'to service') {
        to.destroy();
        lines.delete(line);
      }
    });
    from.on('error', () => {});
  };

  const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => {
    if (mode === 'reset') return void client.resetAndDestroy();
    const service = connect({ ...target, allowHalfOpen: true, noDelay: true });
    const line: Line = { client, service, broken: new Set() };
    lines.add(line);
    forward(line, 'to service');
    forward(line, 'from service');
    if (mode === 'stall') [client, service].forEach((s) => s.pause());
  });
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done));
  const become = (next: Mode): void => {
    mode = next;
    replace = null;
    seen['to service'] = seen['from service'] = 0;
    for (const socket of [...lines].flatMap((l) => [l.client, l.service])) {
      if (next === 'stall') socket.pause();
      else socket.resume();
    }
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return lines.size;
    },
    bytes: (direction) => seen[direction],
    pass: () => become('pass'),
    swallow: (direction, after = 0) => become({ swallow: direction, after }),
    stall: () => become('stall'),
    reset() {
      become('reset');
      for (const line of lines) line.client.resetAndDestroy();
    },
    rewrite(from, to) {
      if (Buffer.byteLength(from) !== Buffer.byteLength(to)) throw new Error('Only text of the same length can take the place of another.');
      replace = { from: Buffer.from(from), to: Buffer.from(to) };
    },
    async close() {
      for (const { client, service } of lines) [client, service].forEach((s) => s.destroy());
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}
