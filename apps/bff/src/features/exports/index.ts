import { endpoints, MAX_PACK_RECORDS, printQuery, type ExportJob, type ExportRequest } from '@weir/contract';
import type { Api, Caller } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { DirectoryStore, Store, StoredExport } from '../../ports.ts';
import { actorOf, queryOf } from '../audit-logs/index.ts';
import { demandFile, demandPart, sendPart } from './download.ts';
import { fileShape } from './formats.ts';
import type { Order } from './make.ts';
import { fileName, streamFile } from './stream.ts';

/** Up to so many records a file is streamed at once; with bodies, of which each is a few kilobytes, a tenth of it. */
const STREAMED = 100_000;
const STREAMED_WITH_BODIES = 10_000;
const STREAMED_PACK = 1_000;
const streamLimit = (request: ExportRequest): number => {
  const { format } = request;
  if (format === 'pack') return STREAMED_PACK;
  return fileShape({ ...request, format }).bodies ? STREAMED_WITH_BODIES : STREAMED;
};

export interface ExportServices {
  readonly store: Store;
  readonly now: () => Date;
  readonly keptMs: number;
  /** A job was made: whoever works them off may look. */
  readonly wake: () => void;
}

/** Exports of the Audit logs blade: streamed, or made by a job and downloaded. */
export function bindExports(api: Api, { store, now, keptMs, wake }: ExportServices): void {
  const of = (caller: Caller) => store.forDirectory(caller.principal.tenantId);
  const { exports } = endpoints;

  const plan = async (directory: DirectoryStore, request: ExportRequest, signal: AbortSignal) => {
    const at = now();
    const query = queryOf(request.filter, at);
    const to = query.to ?? at.toISOString();
    const { total, exact } = await directory.audit.estimate({ ...query, to }, request.format === 'pack', signal);
    if (request.format === 'pack' && total > MAX_PACK_RECORDS) return { at, query, to, total, exact, how: 'too-many' as const };
    return { at, query, to, total, exact, how: exact && total <= streamLimit(request) ? ('stream' as const) : ('job' as const) };
  };
  const refuseTooMany = (total: number): never => {
    throw new HttpProblem(
      'export.too.many',
      `An evidence pack holds at most ${MAX_PACK_RECORDS.toLocaleString('en-US')} records, and this filter finds ${total.toLocaleString('en-US')}. Narrow the filter, or export as NDJSON.`,
    );
  };

  api.bind(exports.planExport, async ({ caller, body, signal }) => {
    const { total, exact, how } = await plan(of(caller), body, signal);
    return { rows: total, exact, how, streamLimit: streamLimit(body), keptDays: keptMs / 86_400_000 };
  });

  api.bind(
    exports.streamExport,
    async ({ caller, body, request, response, signal }) => {
      const directory = of(caller);
      const at = now();
      const query = queryOf(body.filter, at);
      if (body.format === 'pack') {
        const { how, total } = await plan(directory, body, signal);
        if (how === 'too-many') refuseTooMany(total);
      }
      const to = query.to ?? at.toISOString();
      const order: Order = {
        store: directory,
        request: body,
        selection: { ...query, to, untilSeq: await directory.audit.head() },
        asked: { from: query.from, to, q: printQuery(query.query) },
        by: caller.principal,
        at: at.toISOString(),
      };
      await streamFile(order, actorOf(caller, request), response, signal);
    },
    perPerson(20),
  );

  api.bind(
    exports.streamEvidence,
    async ({ caller, body, request, response, signal }) => {
      const directory = of(caller);
      const ids = [...new Set(body.ids)];
      const known = await directory.audit.having(ids);
      const missing = ids.filter((id) => !known.has(id));
      if (missing.length > 0)
        throw new HttpProblem('not.found', `There is no such audit record in this directory: ${missing.slice(0, 5).join(', ')}.`);
      const order: Order = {
        store: directory,
        request: { format: 'pack', filter: {} },
        selection: { ids, untilSeq: await directory.audit.head() },
        asked: { ids },
        by: caller.principal,
        at: now().toISOString(),
      };
      await streamFile(order, actorOf(caller, request), response, signal);
    },
    perPerson(20),
  );

  const one = async (caller: Caller, id: string): Promise<StoredExport> => {
    const job = await of(caller).exports.get(caller.principal.oid, id);
    if (!job) throw missing();
    return job;
  };

  api.bind(exports.listExports, async ({ caller }) => ({ items: (await of(caller).exports.list(caller.principal.oid)).map(shown) }));
  api.bind(exports.getExport, async ({ caller, params }) => shown(await one(caller, params.id)));
  api.bind(
    exports.createExport,
    async ({ caller, body, request, response, signal }) => {
      const directory = of(caller);
      const { at, query, to, total, how } = await plan(directory, body, signal);
      if (how === 'too-many') refuseTooMany(total);
      const job = await directory.exports.create(actorOf(caller, request), {
        fileName: fileName(body.format, at),
        request: body,
        selection: { from: query.from, to, q: printQuery(query.query) },
        untilSeq: await directory.audit.head(),
        expected: total,
      });
      if (!job)
        throw new HttpProblem(
          'export.limit',
          'Five of your exports wait or run already. Wait until one is done, or cancel one under My exports.',
        );
      wake();
      response.status(201);
      return shown(job);
    },
    perPerson(20),
  );
  api.bind(exports.cancelExport, async ({ caller, params }) => {
    const job = await of(caller).exports.cancel(caller.principal.oid, params.id);
    if (!job) throw missing();
    return shown(job);
  });
  api.bind(exports.deleteExport, async ({ caller, params }) => {
    if (!(await of(caller).exports.delete(caller.principal.oid, params.id))) throw missing();
  });
  api.bind(exports.downloadExport, async ({ caller, params, request, response, signal }) => {
    const job = await one(caller, params.id);
    demandFile(job);
    const part = demandPart(request.headers, job);
    const head = request.method === 'HEAD';
    if (part.start === 0 && !head) await of(caller).exports.downloaded(actorOf(caller, request), job);
    await sendPart(of(caller), job, part, response, head, signal);
  });
  api.bind(exports.createTicket, async ({ caller, params, request, response }) => {
    const job = await one(caller, params.id);
    demandFile(job);
    const { ticket, expiresAt } = await of(caller).exports.ticket(actorOf(caller, request), params.id);
    response.status(201);
    return { url: `${exports.downloadByTicket.path}?ticket=${ticket}`, expiresAt };
  });
  api.open(exports.downloadByTicket, async ({ query, request, response, signal }) => {
    // A browser that only looks must not use up the ticket.
    if (request.method === 'HEAD') throw new HttpProblem('method.not.allowed', 'A ticket is for GET.', { headers: { Allow: 'GET' } });
    const from = Number(/^bytes=(\d{1,15})-/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const opened = await store.exportQueue.redeem(query.ticket, from);
    if (!opened)
      throw new HttpProblem(
        'ticket.invalid',
        'This address was for one download within a minute. Begin the download again under My exports.',
      );
    const { job, actor } = opened;
    const directory = store.forDirectory(job.tenantId);
    let sent = from;
    try {
      demandFile(job);
      const part = demandPart(request.headers, job);
      if (part.start !== from) throw new HttpProblem('ticket.invalid', 'The download cannot go on. Begin it again under My exports.');
      if (from === 0) await directory.exports.downloaded(actor, job);
      sent = await sendPart(directory, job, part, response, false, signal);
    } finally {
      await store.exportQueue.closeTicket(query.ticket, sent, response.writableFinished && sent >= job.bytes);
    }
  });
}

const missing = (): HttpProblem => new HttpProblem('not.found', 'You have no export of this id.');

function shown(job: StoredExport): ExportJob {
  const { id, fileName: name, state, createdAt, endedAt, expiresAt, rows, expected, bytes, sha256, error } = job;
  return {
    id,
    fileName: name,
    state,
    request: job.request as ExportRequest,
    from: job.selection.from,
    to: job.selection.to,
    createdAt,
    endedAt,
    expiresAt,
    rows,
    expectedRows: expected,
    bytes,
    sha256,
    error,
  };
}
