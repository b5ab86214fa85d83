import type { RequestHandler } from 'express';
import { rateLimit } from 'express-rate-limit';
import { callerOf } from './bind.ts';
import { HttpProblem } from './problem.ts';

/** At most `perMinute` calls of one person, counted by directory and object id. */
export function perPerson(perMinute: number): RequestHandler {
  return rateLimit({
    windowMs: 60_000,
    limit: perMinute,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    keyGenerator: (_request, response) => {
      const { principal } = callerOf(response);
      return `${principal.tenantId}|${principal.oid}`;
    },
    handler: (_request, response, next) => {
      const seconds = Math.max(1, Number(response.getHeader('Retry-After') ?? 60));
      next(
        new HttpProblem('rate.limited', `More than ${perMinute} such calls in a minute. Try again in ${seconds} s.`, {
          headers: { 'Retry-After': String(seconds) },
        }),
      );
    },
  });
}
