import type { TokenCredential } from '@azure/core-auth';
import { ArmClient, ArmError } from '@weir/destinations';
import { HttpProblem } from '../../http/problem.ts';
import type { AzureOfPerson } from '../../ports.ts';
import { claimsRequired } from './on-behalf-of.ts';

/** ARM's error as ours; its own sentence is kept, because it names the missing action and scope. */
export function armProblem(error: unknown): unknown {
  if (!(error instanceof ArmError)) return error;
  if (error.status === 401 && error.claims !== undefined) return claimsRequired(error.claims);
  if (error.status === 403) return new HttpProblem('azure.forbidden', error.message, { cause: error });
  if (error.status === 404) return new HttpProblem('not.found', error.message, { cause: error });
  return new HttpProblem('azure.failed', error.message, { cause: error });
}
/** Runs what asks ARM on behalf of a person. Throws HttpProblem where ARM refused. */
export async function asPerson<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw armProblem(error);
  }
}

/** Azure Resource Manager as the person. */
export function armOf(options: { credential: TokenCredential; endpoint: string; scope: string }): Pick<AzureOfPerson, 'arm' | 'armList'> {
  const client = new ArmClient(options);
  return {
    arm: (method, path, version, body) => asPerson(method === 'PUT' ? client.put(path, version, body) : client.get(path, version)),
    armList: (path, version) => asPerson(client.list(path, version)),
  };
}
