import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { Faults } from '../faults/index.ts';
import type { Claims } from '../identity/jwt.ts';
import { KqlError, runKql, type Table } from './kql.ts';

export interface Workspace {
  resourceId: string;
  customerId: string;
}
export interface Rule {
  resourceId: string;
  immutableId: string;
  workspaceResourceId: string;
  /** Stream (`Custom-<Table>_CL`) to its declared columns. */
  streams: Record<string, { name: string; type: string }[]>;
}
export interface Logs {
  router: Router;
  ensureWorkspace(workspace: Workspace): void;
  putRule(rule: Rule): void;
  count(workspaceResourceId: string, table: string): number;
  close(): void;
}
/** 1 MB a call, packed and unpacked. https://learn.microsoft.com/azure/azure-monitor/service-limits#logs-ingestion-api */
const MAX_CALL = 1_048_576;
/** Longer fields are cut off. */
const MAX_FIELD = 65_536;

/** Logs Ingestion and Logs Query over SQLite, which keeps the rows of a call together. Tables are known by the streams that feed them. */
export function createLogs(options: { dir: string; verify: (token: string) => Promise<Claims>; faults: Faults }): Logs {
  mkdirSync(options.dir, { recursive: true });
  const db = new DatabaseSync(join(options.dir, 'logs.db'));
  db.exec(`pragma journal_mode = wal; pragma synchronous = normal;
    create table if not exists call (workspace text not null, name text not null, received_at text not null, rows integer not null, body text not null);
    create index if not exists call_table on call (workspace, name);`);
  const insert = db.prepare('insert into call (workspace, name, received_at, rows, body) values (?, ?, ?, ?, ?)');
  const select = db.prepare('select body from call where workspace = ? and name = ?');
  const counted = db.prepare('select coalesce(sum(rows), 0) as n from call where workspace = ? and name = ?');
  const workspaces = new Map<string, Workspace>();
  const rules = new Map<string, Rule>();
  const router = Router();
  const fail = (response: Response, status: number, code: string, message: string, headers: Record<string, string> = {}) =>
    response.status(status).set(headers).json({ error: { code, message } });

  const signedIn = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    try {
      const claims = await options.verify(request.headers.authorization?.replace(/^Bearer /, '') ?? '');
      if (!claims.aud.includes('monitor') && !claims.aud.includes('loganalytics')) throw new Error('audience');
      next();
    } catch {
      fail(response, 401, 'InvalidToken', 'The provided authentication token is not valid for this resource.');
    }
  };

  router.post(
    '/dataCollectionRules/:rule/streams/:stream',
    signedIn,
    (request, response, next) => {
      const fault = options.faults.take('logs');
      if (fault?.kind === 'throttle')
        return void fail(response, 429, 'TooManyRequests', 'Requests are throttled.', { 'retry-after': String(fault.retryAfter ?? 1) });
      if (fault?.kind === 'refuse')
        return void fail(
          response,
          403,
          'OperationForbidden',
          'The authentication token provided does not have access to ingest data for the data collection rule.',
        );
      if (fault?.kind === 'hang') return;
      if (fault?.kind === 'down') return void request.socket.destroy();
      response.locals['drop'] = fault?.kind === 'drop';
      if (Number(request.headers['content-length'] ?? 0) > MAX_CALL)
        return void fail(response, 413, 'ContentLengthLimitExceeded', `Maximum allowed content length: ${MAX_CALL} bytes.`);
      next();
    },
    express.json({ limit: MAX_CALL, inflate: true, strict: true }),
    (request, response) => {
      if (request.query['api-version'] !== '2023-01-01')
        return void fail(response, 400, 'UnsupportedApiVersion', 'The api-version is not supported.');
      const rule = rules.get(String(request.params['rule']));
      if (!rule) return void fail(response, 404, 'NotFound', 'The data collection rule was not found.');
      const stream = String(request.params['stream']);
      const columns = rule.streams[stream];
      if (!columns) return void fail(response, 400, 'InvalidStream', `The stream ${stream} was not found in the data collection rule.`);
      if (!Array.isArray(request.body)) return void fail(response, 400, 'InvalidRequestBody', 'The request body must be a JSON array.');
      const table = stream.replace(/^Custom-/, '');
      const rows = (request.body as Record<string, unknown>[]).map((given) => {
        const row: Record<string, unknown> = {};
        // Columns that the stream does not declare vanish without a word, as in the real service.
        for (const { name } of columns) {
          const value = given[name];
          row[name] = typeof value === 'string' ? value.slice(0, MAX_FIELD) : (value ?? null);
        }
        return row;
      });
      insert.run(rule.workspaceResourceId.toLowerCase(), table, new Date().toISOString(), rows.length, JSON.stringify(rows));
      if (response.locals['drop']) return void request.socket.destroy();
      response.set('x-ms-request-id', crypto.randomUUID()).status(204).end();
    },
  );

  router.post('/v1/workspaces/:customerId/query', signedIn, express.json({ limit: MAX_CALL }), (request, response) => {
    const workspace = [...workspaces.values()].find((w) => w.customerId === request.params['customerId']);
    const error = (status: number, code: string, message: string, inner: string) =>
      void response.status(status).json({
        error: {
          code,
          message,
          details: [],
          innererror: { code: 'SemanticError', message: 'A semantic error occurred.', innererror: { code: 'SEM0100', message: inner } },
        },
      });
    if (!workspace) return error(404, 'WorkspaceNotFoundError', 'The workspace could not be found.', 'unknown workspace');
    try {
      const result = runKql(String((request.body as { query?: unknown }).query ?? ''), (name) => tableNamed(workspace, name));
      const rows = result.rows.map((row) => result.columns.map((c) => row[c.name] ?? null));
      response.json({ tables: [{ name: 'PrimaryResult', columns: result.columns, rows }] });
    } catch (e) {
      if (!(e instanceof KqlError)) throw e;
      error(400, 'BadArgumentError', 'The request had some invalid properties', `${e.message} (position ${e.position})`);
    }
  });
  router.use((error: { status?: number; message?: string }, _request: Request, response: Response, _next: NextFunction) => {
    const status = error.status ?? 500;
    fail(
      response,
      status,
      status === 413 ? 'ContentLengthLimitExceeded' : 'InvalidRequestBody',
      status === 413 ? `Maximum allowed content length: ${MAX_CALL} bytes.` : (error.message ?? 'failed'),
    );
  });

  function tableNamed(workspace: Workspace, name: string): Table | undefined {
    const declared = [...rules.values()].find(
      (r) => r.workspaceResourceId.toLowerCase() === workspace.resourceId.toLowerCase() && r.streams[`Custom-${name}`],
    );
    if (!declared) return undefined;
    const calls = select.all(workspace.resourceId.toLowerCase(), name) as { body: string }[];
    return { columns: declared.streams[`Custom-${name}`]!, rows: calls.flatMap((c) => JSON.parse(c.body) as Record<string, unknown>[]) };
  }

  return {
    router,
    ensureWorkspace: (workspace) => void workspaces.set(workspace.resourceId.toLowerCase(), workspace),
    putRule: (rule) => void rules.set(rule.immutableId, rule),
    count: (workspaceResourceId, table) => (counted.get(workspaceResourceId.toLowerCase(), table) as { n: number }).n,
    close: () => db.close(),
  };
}
