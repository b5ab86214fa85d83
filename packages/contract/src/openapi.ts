import { createDocument, type ZodOpenApiOperationObject, type ZodOpenApiPathsObject } from 'zod-openapi';
import type { z } from 'zod';
import type { Endpoint } from './endpoint.ts';
import * as groups from './endpoints/index.ts';
import { problem } from './problem.ts';

const isEndpoint = (value: unknown): value is Endpoint =>
  typeof value === 'object' && value !== null && 'method' in value && 'path' in value;
/** Every endpoint of the contract. */
export const allEndpoints: readonly Endpoint[] = Object.values(groups).flatMap((group) =>
  Object.values(group as Record<string, unknown>).filter(isEndpoint),
);

/** The OpenAPI 3.1 document, made from the same schemas that check the requests. */
export function openApiDocument(version: string) {
  const paths: ZodOpenApiPathsObject = {};
  for (const e of allEndpoints) {
    const success = e.stream
      ? {
          description: e.line ? 'JSON lines, as they come; the schema is that of one line.' : 'The file, streamed.',
          content: Object.fromEntries(e.stream.map((type) => [type, { schema: e.line ?? { type: 'string' as const } }])),
        }
      : e.response
        ? { description: 'Success.', content: { 'application/json': { schema: e.response } } }
        : { description: 'Done; no content.' };
    const operation: ZodOpenApiOperationObject = {
      operationId: e.id,
      summary: e.summary,
      description:
        e.access === 'public'
          ? 'Needs no token.'
          : e.access === 'signed-in'
            ? 'Needs a valid token.'
            : `Needs the permission \`${e.access}\`.`,
      security: e.access === 'public' ? [] : [{ bearer: [] }],
      requestParams: { ...(e.params && { path: e.params as z.ZodObject }), ...(e.query && { query: e.query as z.ZodObject }) },
      ...(e.body && { requestBody: { required: true, content: { 'application/json': { schema: e.body } } } }),
      responses: {
        [e.response || e.stream ? '200' : '204']: success,
        default: { description: 'A problem (RFC 9457).', content: { 'application/problem+json': { schema: problem } } },
      },
    };
    const path = e.path.replaceAll(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [e.method.toLowerCase()]: operation };
  }
  return createDocument({
    openapi: '3.1.1',
    info: { title: 'Weir', version, description: "The admin center's own API. Errors are problem+json with a stable `code`." },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    paths,
  });
}
