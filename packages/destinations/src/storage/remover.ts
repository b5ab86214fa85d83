import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { BlobRemover, Erasure, OpenRemover } from '@weir/engine';
import { ArmClient } from '../azure/arm.ts';
import { inTenant } from '../azure/credential.ts';
import { classify } from '../azure/faults.ts';
import { storageAccess, type StorageOptions } from './index.ts';

/** What keeps one blob from being deleted while others of the account go. https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes */
const ofTheBlob: Record<string, string> = {
  BlobImmutableDueToPolicy:
    'An immutability policy or a legal hold of the storage account keeps the blob. Wait for its end, or shorten it.',
  LeaseIdMissing: 'Somebody holds a lease on the blob. Break the lease.',
  LeaseIdMismatchWithBlobOperation: 'Somebody holds a lease on the blob. Break the lease.',
  SnapshotsPresent: 'The blob has snapshots, which Weir did not make. Delete them.',
  ContainerImmutabilityPolicyFailure: 'An immutability policy keeps the container. Wait for its end, or shorten it.',
};

function failureOf(error: unknown): Erasure {
  const { code = '', statusCode, message = '' } = error as { code?: string; statusCode?: number; message?: string };
  const failure = classify(error);
  if (statusCode === 404 && failure.kind !== 'misconfigured') return { kind: 'gone' };
  const remedy = ofTheBlob[code];
  if (remedy)
    return { kind: 'misconfigured', onlyThis: true, fault: { code, message: (message.split('\n')[0] ?? '').slice(0, 300), remedy } };
  if (failure.kind === 'misconfigured' || failure.kind === 'retry') return failure;
  return { kind: 'retry', fault: failure.fault };
}

/** Opens storage accounts for deleting single blobs by name. Nothing is ever listed: only what Weir wrote down is named to it. */
export const removerFactory =
  (options: Pick<StorageOptions, 'credential' | 'armEndpoint' | 'armScope'>): OpenRemover =>
  async (storageAccountId, tenantId, signal) => {
    const arm = new ArmClient({
      credential: inTenant(options.credential, tenantId),
      endpoint: options.armEndpoint,
      scope: options.armScope,
    });
    try {
      const access = await storageAccess(arm, { storageAccountId }, signal);
      // The SDK's own retries would hide throttling from the back-off.
      const service = new BlobServiceClient(access.endpoint, new StorageSharedKeyCredential(access.name, access.key), {
        retryOptions: { maxTries: 1 },
      });
      return { kind: 'open', remover: removerOf(service) };
    } catch (error) {
      return classify(error);
    }
  };

function removerOf(service: BlobServiceClient): BlobRemover {
  return {
    async look(container, blob, signal) {
      try {
        const seen = await service.getContainerClient(container).getBlobClient(blob).getProperties({ abortSignal: signal });
        const { etag, contentLength, lastModified, date } = seen;
        if (!etag || contentLength === undefined || !lastModified || !date)
          throw new Error('The storage account did not describe the blob.');
        return { kind: 'found', etag, length: contentLength, lastModified, now: date };
      } catch (error) {
        return failureOf(error);
      }
    },
    async remove(container, blob, etag, signal) {
      try {
        await service
          .getContainerClient(container)
          .getBlobClient(blob)
          .delete({ abortSignal: signal, conditions: { ifMatch: etag } });
        return { kind: 'deleted' };
      } catch (error) {
        if ((error as { code?: string }).code === 'ConditionNotMet') return { kind: 'changed' };
        return failureOf(error);
      }
    },
  };
}
