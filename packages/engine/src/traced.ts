import { SpanStatusCode, trace, type Attributes, type Span } from '@opentelemetry/api';

/** Spans of Weir. Without a configured exporter they cost next to nothing and go nowhere. */
export const tracer = trace.getTracer('weir');

/**
 * Runs work as a span, the parent of those that begin in it. Attributes name what it is about by ids, numbers and codes: never a
 * record, a message of an error, or anything of a person.
 */
export const traced = <T>(name: string, attributes: Attributes, work: (span: Span) => Promise<T>): Promise<T> =>
  tracer.startActiveSpan(name, { attributes }, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failedSpan(span, error instanceof Error ? error.name : 'unknown');
      throw error;
    } finally {
      span.end();
    }
  });

/** Marks a span as failed, with a code. */
export function failedSpan(span: Span, code: string): void {
  span.setAttribute('error.type', code);
  span.setStatus({ code: SpanStatusCode.ERROR });
}
