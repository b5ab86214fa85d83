import { HttpProblem } from '../../http/problem.ts';
import { ArmError } from './errors.ts';

/** `If-Match` and `If-None-Match` as they were sent. */
export interface Condition {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Whether a list of entity tags names a version; `*` names any. https://www.rfc-editor.org/rfc/rfc9110#name-preconditions */
export const hasVersion = (tags: string, version: number): boolean =>
  tags.split(',').some((tag) => {
    const bare = tag.trim().replace(/^W\//, '');
    return bare === '*' || bare === `"${version}"`;
  });

/**
 * The version that a change is made of, or that it makes a new setting. Throws 412 when a condition does not hold for what is
 * there, and 400 for a condition that makes no sense.
 * @param version of the setting that is there; null: there is none
 */
export function expectedOf({ ifMatch, ifNoneMatch }: Condition, version: number | null): number | 'new' {
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== '*')
    throw new ArmError(400, 'InvalidHeaderValue', 'If-None-Match can only be * with a change: it creates the setting.');
  if (ifMatch !== undefined && ifNoneMatch !== undefined)
    throw new ArmError(400, 'InvalidHeaderValue', 'Send either If-Match or If-None-Match, not both.');
  if (ifNoneMatch !== undefined && version !== null)
    throw new ArmError(412, 'PreconditionFailed', `If-None-Match: * does not hold: the setting exists, with the ETag "${version}".`);
  if (ifMatch !== undefined && (version === null || !hasVersion(ifMatch, version)))
    throw new ArmError(
      412,
      'PreconditionFailed',
      version === null
        ? 'If-Match does not hold: there is no such setting. It may have been deleted.'
        : `If-Match does not hold: the setting has the ETag "${version}". Read it again, then repeat the change.`,
    );
  return version ?? 'new';
}

/** Whether a save failed only because somebody else saved meanwhile, and the caller did not ask to be told. `*` names no version. */
export const settled = (error: unknown, { ifMatch, ifNoneMatch }: Condition): boolean =>
  error instanceof HttpProblem &&
  ['setting.changed', 'setting.exists', 'not.found'].includes(error.code) &&
  ifNoneMatch === undefined &&
  (ifMatch === undefined || ifMatch.trim() === '*');
