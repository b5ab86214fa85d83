import type { TokenCredential } from '@azure/core-auth';
import type { StorageTarget } from '@weir/contract';
import type { DestinationFactory } from '@weir/engine';
import { ArmClient, apiVersions } from '../azure/arm.ts';
import { inTenant } from '../azure/credential.ts';
import { classify } from '../azure/faults.ts';
import type { Watch } from '../watch.ts';
import { openArchive } from './archive.ts';

/** Endpoint and key of a storage account, found through ARM. */
export async function storageAccess(
  arm: ArmClient,
  target: StorageTarget,
  signal?: AbortSignal,
): Promise<{ endpoint: string; name: string; key: string }> {
  const account = await arm.get<{ name: string; properties: { primaryEndpoints: { blob: string } } }>(
    target.storageAccountId,
    apiVersions.storage,
    signal,
  );
  const { keys } = await arm.post<{ keys: { value: string }[] }>(
    `${target.storageAccountId}/listKeys`,
    apiVersions.storage,
    undefined,
    signal,
  );
  return { endpoint: account.properties.primaryEndpoints.blob, name: account.name, key: keys[0]!.value };
}

export interface StorageOptions {
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  intervalMs: number;
  /** Appends after which a new blob is begun; less than Azure's 50,000 only in tests. */
  maxBlocks?: number;
  watch?: Watch;
}

/** Archive to a storage account: append blobs in Azure's own layout, each record exactly once. */
export const storageFactory = (options: StorageOptions): DestinationFactory<'storage'> => ({
  type: 'storage',
  async open(target, identity, signal) {
    const arm = new ArmClient({
      credential: inTenant(options.credential, identity.tenantId),
      endpoint: options.armEndpoint,
      scope: options.armScope,
    });
    const access = (s?: AbortSignal) => storageAccess(arm, target, s);
    try {
      return { kind: 'open', destination: openArchive(await access(signal), access, identity, options) };
    } catch (error) {
      return classify(error);
    }
  },
});
