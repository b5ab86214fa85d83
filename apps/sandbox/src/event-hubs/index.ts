import type { AddressInfo, Server } from 'node:net';
import rhea, { type Connection, type EventContext, type Sender, type Typed } from 'rhea';
import { Hubs, partitionOf, type Hub } from './hub.ts';
import type { StoredEvent } from './partition.ts';
import { readSignature, type Grant, type HubRule, type Right } from './tokens.ts';

export type { HubRule } from './tokens.ts';
export interface EventHubsOptions {
  dir: string;
  port: number;
  name: string;
  rules: readonly HubRule[];
  hubs: readonly string[];
  /** Bytes of one message. https://learn.microsoft.com/azure/event-hubs/event-hubs-quotas */
  maxMessageSize: number;
}
export interface HubFault {
  kind: 'throttle' | 'refuse' | 'hang' | 'drop' | 'down';
  count?: number;
}
export interface EventHubs {
  port: number;
  connectionString(rule: string): string;
  ensureHub(name: string, partitions?: number): void;
  hubs(): { name: string; partitionCount: number }[];
  setFault(fault: HubFault | null): void;
  close(): Promise<void>;
}
/** A batch of events: each a Data section that holds a whole message. */
const BATCH_FORMAT = 0x80013700;
const DATA_SECTION = 0x75;
type Message = Record<string, unknown> & {
  body?: unknown;
  application_properties?: Record<string, unknown>;
  message_annotations?: Record<string, unknown>;
  reply_to?: string;
  message_id?: unknown;
};

/** A namespace of the pretend Event Hubs: AMQP 1.0 with claims-based security, as the real SDK speaks it. */
export async function startEventHubs(options: EventHubsOptions): Promise<EventHubs> {
  const hubs = new Hubs(options.dir);
  for (const name of options.hubs) hubs.ensure(name, 4);
  let fault: HubFault | null = null;
  let turn = 0;
  const connections = new Set<Connection>();
  const grants = new WeakMap<Connection, Grant[]>();
  const replies = new WeakMap<Connection, Map<string, Sender>>();
  const takeFault = (): HubFault['kind'] | undefined => {
    if (!fault) return undefined;
    const { kind } = fault;
    if (fault.count !== undefined && (fault.count -= 1) <= 0) fault = null;
    return kind;
  };
  const may = (connection: Connection, entity: string, right: Right): boolean =>
    (grants.get(connection) ?? []).some(
      (g) => (g.entity === '' || g.entity === entity.toLowerCase()) && g.rights.includes(right) && g.expiresAt > Date.now(),
    );

  const container = rhea.create_container({
    id: options.name,
    max_frame_size: 65_536,
    channel_max: 255,
    receiver_options: { autoaccept: false, credit_window: 500, max_message_size: options.maxMessageSize },
    sender_options: { autosettle: true },
  } as never);
  const mechanisms = (container as unknown as { sasl_server_mechanisms: { enable_anonymous(): void; [name: string]: unknown } })
    .sasl_server_mechanisms;
  mechanisms.enable_anonymous();
  mechanisms['MSSBCBS'] = mechanisms['ANONYMOUS'];
  // Without a listener the library throws out of a socket's handler and takes the process down.
  for (const event of ['error', 'connection_error', 'protocol_error', 'session_error', 'sender_error', 'receiver_error', 'disconnected'])
    container.on(event, () => {});

  container.on('connection_open', (context: EventContext) => {
    connections.add(context.connection);
    tolerateLateFrames(context.connection);
  });
  const forget = (context: EventContext) => void connections.delete(context.connection);
  container.on('connection_close', forget);
  container.on('disconnected', forget);

  /** Links that a client opens to send to us. */
  container.on('receiver_open', (context: EventContext) => {
    const receiver = context.receiver!;
    const address = String((receiver.target as { address?: string } | undefined)?.address ?? '');
    receiver.set_target({ address } as never);
    receiver.set_source((receiver.source ?? {}) as never);
    if (address.startsWith('$')) return;
    const { hub, partition } = entityOf(address);
    if (!hub) return receiver.close(notFound(address));
    if (!may(context.connection, hub.name, 'Send')) return receiver.close(unauthorized('Send', hub.name));
    receiver.on('message', (c: EventContext) => accept(c, hub, partition));
  });
  /** Links that a client opens to receive from us. */
  container.on('sender_open', (context: EventContext) => {
    const sender = context.sender!;
    const source = (sender.source ?? {}) as { address?: string; filter?: Record<string, unknown> };
    const address = String(source.address ?? '');
    sender.set_source(source as never);
    sender.set_target((sender.target ?? {}) as never);
    if (address.startsWith('$')) {
      const known = replies.get(context.connection) ?? new Map<string, Sender>();
      replies.set(context.connection, known.set(sender.name, sender));
      const target = (sender.target as { address?: string } | undefined)?.address;
      if (target) known.set(target, sender);
      return;
    }
    const { hub, partition } = entityOf(address.replace(/\/ConsumerGroups\/[^/]+/i, ''));
    if (!hub || partition === undefined) return sender.close(notFound(address));
    if (!may(context.connection, hub.name, 'Listen')) return sender.close(unauthorized('Listen', hub.name));
    subscribe(sender, hub, partition, selectorOf(source.filter));
  });
  container.on('message', (context: EventContext) => {
    const address = String((context.receiver?.target as { address?: string } | undefined)?.address ?? '');
    if (address === '$cbs') authorize(context);
    else if (address === '$management') manage(context);
  });

  const entityOf = (address: string): { hub: Hub | undefined; partition: number | undefined } => {
    const [name = '', , number] = address.replace(/^amqps?:\/\/[^/]+\//, '').split('/');
    const hub = hubs.get(name);
    const partition = number === undefined ? undefined : Number(number);
    return { hub: hub && (partition === undefined || hub.partitions[partition]) ? hub : undefined, partition };
  };

  function reply(context: EventContext, message: Message): void {
    const request = context.message as unknown as Message;
    context.delivery!.accept();
    replies
      .get(context.connection)
      ?.get(String(request.reply_to))
      ?.send({ correlation_id: request.message_id, ...message } as never);
  }

  function authorize(context: EventContext): void {
    const request = context.message as unknown as Message;
    const answer = (code: number, description: string, condition?: string) =>
      reply(context, {
        application_properties: {
          'status-code': code,
          'status-description': description,
          ...(condition && { 'error-condition': condition }),
        },
        body: '',
      });
    const kind = fault?.kind === 'refuse' ? takeFault() : undefined;
    const grant = readSignature(String(request.body), options.rules);
    if (kind === 'refuse') return answer(401, 'InvalidSignature: The token has an invalid signature.', 'amqp:unauthorized-access');
    if (typeof grant === 'string') return answer(401, grant, 'amqp:unauthorized-access');
    if (grant.entity !== '' && !hubs.get(grant.entity))
      return answer(404, `The messaging entity '${grant.entity}' could not be found.`, 'amqp:not-found');
    grants.set(context.connection, [...(grants.get(context.connection) ?? []).filter((g) => g.entity !== grant.entity), grant]);
    answer(202, 'Accepted');
  }

  function manage(context: EventContext): void {
    const properties = (context.message as unknown as Message).application_properties ?? {};
    const hub = hubs.get(String(properties['name']));
    if (!hub)
      return reply(context, {
        application_properties: {
          'status-code': 404,
          'status-description': `The messaging entity '${String(properties['name'])}' could not be found.`,
          'error-condition': 'amqp:not-found',
        },
        body: {},
      });
    const ok = { 'status-code': 200, 'status-description': 'OK' };
    if (properties['type'] === 'com.microsoft:partition') {
      const partition = hub.partitions[Number(properties['partition'])];
      if (!partition)
        return reply(context, {
          application_properties: {
            'status-code': 400,
            'status-description': 'The partition does not exist.',
            'error-condition': 'com.microsoft:argument-out-of-range',
          },
          body: {},
        });
      const { last } = partition;
      return reply(context, {
        application_properties: ok,
        body: {
          name: hub.name,
          type: 'com.microsoft:partition',
          partition: String(properties['partition']),
          begin_sequence_number: partition.events[0]?.sequence ?? partition.next,
          last_enqueued_sequence_number: last?.sequence ?? -1,
          last_enqueued_offset: String(last?.offset ?? -1),
          last_enqueued_time_utc: new Date(last?.enqueuedAt ?? 0),
          is_partition_empty: !last,
        },
      });
    }
    reply(context, {
      application_properties: ok,
      body: {
        name: hub.name,
        type: 'com.microsoft:eventhub',
        created_at: new Date(hub.createdAt),
        partition_count: hub.partitions.length,
        partition_ids: hub.partitions.map((_, i) => String(i)),
        georeplication_factor: 1,
      },
    });
  }

  function accept(context: EventContext, hub: Hub, fixed: number | undefined): void {
    const delivery = context.delivery!;
    const format = (context as unknown as { format?: number }).format;
    const raw = format === undefined ? rhea.message.encode(context.message as never) : (context.message as unknown as Buffer);
    const kind = fault?.kind === 'refuse' ? undefined : takeFault();
    if (kind === 'throttle')
      return delivery.reject({
        condition: 'com.microsoft:server-busy',
        description: 'The request was terminated because the entity is being throttled. Please wait 4 seconds and try again. (50002)',
      } as never);
    if (kind === 'hang') return;
    if (kind === 'down') return cut(context.connection);
    if (raw.length > options.maxMessageSize)
      return delivery.reject({
        condition: 'amqp:link:message-size-exceeded',
        description: `The received message (delivery-id:${delivery.id}, size:${raw.length} bytes) exceeds the limit (${options.maxMessageSize} bytes) currently allowed on the link.`,
      } as never);
    if (!may(context.connection, hub.name, 'Send')) return delivery.reject(unauthorized('Send', hub.name) as never);
    const events = format === BATCH_FORMAT ? dataSections(raw) : [raw];
    const key = format === undefined ? (context.message as unknown as Message).message_annotations?.['x-opt-partition-key'] : undefined;
    const partition = fixed ?? (typeof key === 'string' ? partitionOf(key, hub.partitions.length) : turn++ % hub.partitions.length);
    hub.partitions[partition]!.append(events);
    for (const listener of hub.listeners) listener(partition);
    if (kind === 'drop') return cut(context.connection);
    delivery.accept();
  }

  function subscribe(sender: Sender, hub: Hub, number: number, selector: string): void {
    const partition = hub.partitions[number]!;
    let next = partition.events[startIndex(partition, selector)]?.sequence ?? partition.next;
    let queued = 0;
    const pump = (): void => {
      const link = sender as unknown as { credit: number; delivery_count: number };
      // Credit falls only when a transfer leaves, so what is queued counts against it.
      while (
        sender.is_open() &&
        link.credit - (queued - link.delivery_count) > 0 &&
        (sender.session as unknown as { outgoing: { available(): number } }).outgoing.available() > 0
      ) {
        const event = partition.events[Math.max(0, next - (partition.events[0]?.sequence ?? next))];
        if (!event || event.sequence < next) return;
        sender.send(annotated(event) as never);
        queued += 1;
        next = event.sequence + 1;
      }
    };
    const listener = (changed: number) => (changed === number ? pump() : undefined);
    hub.listeners.add(listener);
    const stop = () => void hub.listeners.delete(listener);
    for (const event of ['sendable', 'sender_flow', 'settled']) sender.on(event, pump);
    for (const event of ['sender_close', 'sender_error']) sender.on(event, stop);
    sender.connection.on('disconnected', stop);
    sender.session.on('session_close', stop);
  }

  function cut(connection: Connection): void {
    (connection as unknown as { socket: { destroy(): void } }).socket.destroy();
    // The library notices a socket that we destroy only after minutes; until then its timers keep the process alive.
    setImmediate(() => (connection as unknown as { _disconnected(): void })._disconnected());
  }

  const server = container.listen({ port: options.port, host: '127.0.0.1' }) as Server;
  await new Promise<void>((done, fail) => {
    server.once('listening', done);
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${options.port} is taken by another program. Set WEIR_SANDBOX_PORT to where a dozen ports are free.`)
          : error,
      ),
    );
  });
  server.on('connection', (socket: { setNoDelay(on: boolean): void }) => socket.setNoDelay(true));
  const port = (server.address() as AddressInfo).port;
  return {
    port,
    connectionString: (name) => {
      const rule = options.rules.find((r) => r.name === name)!;
      return `Endpoint=sb://127.0.0.1:${port};SharedAccessKeyName=${rule.name};SharedAccessKey=${rule.primaryKey};UseDevelopmentEmulator=true`;
    },
    ensureHub: (name, partitions = 4) => void hubs.ensure(name, partitions),
    hubs: () => [...hubs.all.values()].map((h) => ({ name: h.name, partitionCount: h.partitions.length })),
    setFault: (next) => {
      fault = next ? { ...next } : null;
    },
    close: async () => {
      for (const connection of connections) cut(connection);
      await new Promise<void>((done) => server.close(() => done()));
    },
  };
}

const notFound = (address: string) => ({
  condition: 'amqp:not-found',
  description: `The messaging entity '${address}' could not be found.`,
});
const unauthorized = (right: Right, entity: string) => ({
  condition: 'amqp:unauthorized-access',
  description: `Unauthorized access. '${right}' claim(s) are required to perform this operation on '${entity}'.`,
});

/** The events of a batch, each as the bytes of a whole message. */
function dataSections(raw: Buffer): Buffer[] {
  const events: Buffer[] = [];
  const reader = new (
    rhea.types as unknown as { Reader: new (buffer: Buffer) => { remaining(): number; read(): Typed & { descriptor?: { value: number } } } }
  ).Reader(raw);
  while (reader.remaining()) {
    const section = reader.read();
    if (section.descriptor?.value === DATA_SECTION) events.push(section.value as unknown as Buffer);
  }
  return events;
}

/** An event as consumers get it: what was sent, and where it stands. */
function annotated(event: StoredEvent): Message {
  const message = rhea.message.decode(event.bytes) as unknown as Message;
  message.message_annotations = {
    ...message.message_annotations,
    'x-opt-sequence-number': rhea.types.wrap_long(event.sequence),
    'x-opt-offset': String(event.offset),
    'x-opt-enqueued-time': rhea.types.wrap_timestamp(event.enqueuedAt),
  };
  return message;
}

function selectorOf(filter: Record<string, unknown> | undefined): string {
  const value = filter?.['apache.org:selector-filter:string'] as { value?: unknown } | string | undefined;
  return String(typeof value === 'object' ? (value.value ?? '') : (value ?? ''));
}

function startIndex(
  partition: {
    find(place: { kind: 'sequence' | 'offset' | 'time'; value: number; inclusive: boolean }): number;
    events: readonly unknown[];
  },
  selector: string,
): number {
  const match = /amqp\.annotation\.x-opt-(offset|sequence-number|enqueued-time(?:-utc)?)\s*(>=?)\s*'([^']*)'/.exec(selector);
  if (!match) return 0;
  if (match[3] === '@latest') return partition.events.length;
  const kind = match[1] === 'offset' ? 'offset' : match[1] === 'sequence-number' ? 'sequence' : 'time';
  return partition.find({ kind, value: Number(match[3]), inclusive: match[2] === '>=' });
}

/**
 * The SDK's own AMQP library sends a flow on a session that it has just ended. The server side would answer by cutting the
 * connection, and closing a subscription would hang.
 */
function tolerateLateFrames(connection: Connection): void {
  const c = connection as unknown as Record<string, (frame: { channel: number; performative: { handle?: number } }) => void> & {
    remote_channel_map: Record<number, { remote: { handles: Record<number, unknown> } }>;
  };
  for (const name of ['on_flow', 'on_disposition', 'on_detach']) {
    const original = c[name];
    if (!original) continue;
    c[name] = (frame) => {
      const session = c.remote_channel_map[frame.channel];
      if (!session) return;
      const { handle } = frame.performative;
      if (name !== 'on_disposition' && handle !== undefined && !session.remote.handles[handle]) return;
      original.call(c, frame);
    };
  }
}
