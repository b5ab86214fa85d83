import type { Access, Principal } from '@weir/access';
import type { BodyOf, Endpoint, ParamsOf, Permission, QueryOf, ResponseOf } from '@weir/contract';
import express, { type Request, type RequestHandler, type Response, type Router } from 'express';
import type { Logger } from 'pino';
import type { z } from 'zod';
import { denied, HttpProblem, invalid } from './problem.ts';

/** Who calls, checked. `token` is passed on only to get tokens on the person's behalf. */
export interface Caller {
  readonly principal: Principal;
  readonly token: string;
  readonly access: Access;
}
/** What a handler receives: everything parsed by the contract's schemas. */
export interface Call<E> {
  readonly params: ParamsOf<E>;
  readonly query: QueryOf<E>;
  readonly body: BodyOf<E>;
  readonly request: Request;
  readonly response: Response;
  readonly log: Logger;
  /** Aborts when the client goes away. */
  readonly signal: AbortSignal;
}
export type SignedInCall<E> = Call<E> & { readonly caller: Caller };

export interface BindServices {
  readonly validate: (token: string) => Promise<Principal>;
  readonly accessOf: (principal: Principal, token: string) => Promise<Access>;
  /** Checks answers against the contract too: for tests. */
  readonly checkResponses: boolean;
  /** Holds the work of each request until it has ended, which may be after its connection. */
  readonly running: Set<Promise<unknown>>;
}

const MAX_TOKEN = 16_384;

/** Binds endpoints of the contract to handlers: token, permission, parsing, in that order. */
export function createApi(router: Router, services: BindServices) {
  const json = express.json({ limit: '256kb', strict: false });
  const methods = new Map<string, Set<string>>();

  function route<E extends Endpoint>(endpoint: E, before: RequestHandler[], run: (call: Call<E>) => Promise<unknown>): void {
    methods.set(endpoint.path, (methods.get(endpoint.path) ?? new Set()).add(endpoint.method));
    const handler: RequestHandler = async (request, response) => {
      response.set('Cache-Control', 'no-store');
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const work = run({
        params: parse('path', endpoint.params, request.params) as ParamsOf<E>,
        query: parse('query', endpoint.query, request.query) as QueryOf<E>,
        body: parse('body', endpoint.body, request.body) as BodyOf<E>,
        request,
        response,
        log: request.log as unknown as Logger,
        signal: gone.signal,
      });
      services.running.add(work);
      const result = await work.finally(() => services.running.delete(work));
      if (endpoint.stream) return;
      if (!endpoint.response) {
        response.status(204).end();
        return;
      }
      if (services.checkResponses) endpoint.response.parse(result);
      response.json(result);
    };
    const chain = [...before, ...(endpoint.body ? [json] : []), handler];
    const method = endpoint.method.toLowerCase() as 'get' | 'post' | 'put' | 'delete';
    router[method](endpoint.path, ...chain);
  }

  return {
    /** An endpoint that needs no token. */
    open<E extends Endpoint>(endpoint: E, handler: (call: Call<E>) => Promise<ResponseOf<E> | void>): void {
      if (endpoint.access !== 'public') throw new Error(`${endpoint.id} is not public: bind it with bind().`);
      route(endpoint, [], handler);
    },
    /** An endpoint that needs a token and, as the contract says, a permission. */
    bind<E extends Endpoint>(
      endpoint: E,
      handler: (call: SignedInCall<E>) => Promise<ResponseOf<E> | void>,
      ...limits: RequestHandler[]
    ): void {
      const { access } = endpoint;
      if (access === 'public') throw new Error(`${endpoint.id} is public: bind it with open().`);
      route(endpoint, [guardOf(access, services), ...limits], (call) => handler({ ...call, caller: callerOf(call.response) }));
    },
    /** Answers known paths with an unknown method by 405. Call it after the last endpoint. */
    close(): void {
      for (const [path, known] of methods) {
        router.all(path, (request) => {
          const allow = [...known].toSorted().join(', ');
          throw new HttpProblem('method.not.allowed', `${request.method} is not possible here. Use ${allow}.`, {
            headers: { Allow: allow },
          });
        });
      }
    },
  };
}
export type Api = ReturnType<typeof createApi>;

/** Lets through who has a valid token and, unless signed in is enough, the permission. */
export const guardOf =
  (access: Permission | 'signed-in', services: Pick<BindServices, 'validate' | 'accessOf'>): RequestHandler =>
  async (request, response, next) => {
    const caller = await authenticate(request, services);
    (response.locals as { caller?: Caller }).caller = caller;
    if (access !== 'signed-in') demand(access, caller, request);
    next();
  };

/** The caller that the guard found. */
export function callerOf(response: Response): Caller {
  const { caller } = response.locals as { caller?: Caller };
  if (!caller) throw new Error('No caller: the endpoint was not bound with bind().');
  return caller;
}

async function authenticate(request: Request, services: Pick<BindServices, 'validate' | 'accessOf'>): Promise<Caller> {
  const header = request.headers.authorization;
  const token = /^Bearer ([\w.~+/-]+=*)$/i.exec(header ?? '')?.[1];
  if (header === undefined) {
    throw new HttpProblem('token.missing', 'Send an access token in the Authorization header: Bearer <token>.', {
      headers: { 'WWW-Authenticate': 'Bearer' },
    });
  }
  if (!token || token.length > MAX_TOKEN) {
    throw new HttpProblem('token.invalid', 'The Authorization header is not "Bearer <token>".', {
      headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' },
    });
  }
  const principal = await services.validate(token);
  return { principal, token, access: await services.accessOf(principal, token) };
}

function demand(permission: Permission, caller: Caller, request: Request): void {
  const { access, principal } = caller;
  if (access.permissions.has(permission)) return;
  request.log.warn({ permission, tenantId: principal.tenantId, oid: principal.oid, roles: access.roles }, 'access denied');
  if (access.unknown.has(permission)) {
    throw new HttpProblem('roles.unavailable', access.warning ?? 'Your roles could not be checked.', { headers: { 'Retry-After': '5' } });
  }
  throw denied(permission);
}

function parse(place: 'path' | 'query' | 'body', schema: z.ZodType | undefined, value: unknown): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value);
  if (!result.success) throw invalid(place, result.error);
  return result.data;
}
