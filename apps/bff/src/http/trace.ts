import { context, isSpanContextValid, propagation, SpanKind, trace } from '@opentelemetry/api';
import { failedSpan, tracer } from '@weir/engine';
import type { RequestHandler } from 'express';

const parent = /^[\da-f]{2}-([\da-f]{32})-[\da-f]{16}-[\da-f]{2}/;
const quiet = /^\/(healthz|readyz|metrics|assets\/)/;

/** The trace that a caller says its request belongs to. https://www.w3.org/TR/trace-context/#traceparent-header */
export function traceOf(header: unknown): string | null {
  const id = typeof header === 'string' ? parent.exec(header)?.[1] : undefined;
  return id && !/^0+$/.test(id) ? id : null;
}
/** The trace of what runs now; null when nothing is traced. */
export function currentTrace(): string | null {
  const span = trace.getActiveSpan()?.spanContext();
  return span && isSpanContextValid(span) ? span.traceId : null;
}

/**
 * Makes a span of each request, under the caller's `traceparent` when there is one. It has the route, never the path: that may
 * name people and hold what they searched for.
 */
export function traceRequests(): RequestHandler {
  return (request, response, next) => {
    if (quiet.test(request.url)) return next();
    const from = propagation.extract(context.active(), request.headers);
    const span = tracer.startSpan(
      `HTTP ${request.method}`,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method } },
      from,
    );
    response.on('close', () => {
      const route = (request.route as { path?: unknown } | undefined)?.path;
      if (typeof route === 'string') {
        span.updateName(`${request.method} ${route}`);
        span.setAttribute('http.route', route);
      }
      span.setAttribute('http.response.status_code', response.statusCode);
      span.setAttribute('weir.request_id', String(request.id));
      if (response.statusCode >= 500) failedSpan(span, String(response.statusCode));
      span.end();
    });
    context.with(trace.setSpan(from, span), next);
  };
}
