import type { z } from 'zod';
import type { Permission } from './permissions.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Shape = z.ZodType | undefined;

/** One API endpoint: the BFF binds it, the client calls it, OpenAPI describes it. */
export interface Endpoint<P extends Shape = Shape, Q extends Shape = Shape, B extends Shape = Shape, R extends Shape = Shape> {
  readonly id: string;
  readonly method: Method;
  /** Express style: `/api/things/:name`. */
  readonly path: string;
  readonly summary: string;
  /** `public` needs no token; `signed-in` any valid one; a permission is checked by the BFF. A function picks it from the request's query. */
  readonly access: 'public' | 'signed-in' | Permission;
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
  /** Absent for 204 and for streams. */
  readonly response?: R;
  /** Content types of a streamed answer. */
  readonly stream?: readonly string[];
  /** Each line of a stream of JSON lines. */
  readonly line?: z.ZodType;
}
export const defineEndpoint = <
  P extends Shape = undefined,
  Q extends Shape = undefined,
  B extends Shape = undefined,
  R extends Shape = undefined,
>(
  e: Endpoint<P, Q, B, R>,
): Endpoint<P, Q, B, R> => e;

type Out<S> = S extends z.ZodType ? z.output<S> : undefined;
type In<S> = S extends z.ZodType ? z.input<S> : undefined;
/** What a handler receives, parsed. */
export type ParamsOf<E> = E extends Endpoint<infer P, infer _Q, infer _B, infer _R> ? Out<P> : never;
export type QueryOf<E> = E extends Endpoint<infer _P, infer Q, infer _B, infer _R> ? Out<Q> : never;
export type BodyOf<E> = E extends Endpoint<infer _P, infer _Q, infer B, infer _R> ? Out<B> : never;
export type ResponseOf<E> = E extends Endpoint<infer _P, infer _Q, infer _B, infer R> ? Out<R> : never;
/** What a caller passes. */
export type ArgsOf<E> = E extends Endpoint<infer P, infer Q, infer B, infer _R> ? { params?: In<P>; query?: In<Q>; body?: In<B> } : never;
