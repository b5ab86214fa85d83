import type { TokenCredential } from '@azure/core-auth';
import type { LogAnalyticsTarget } from '@weir/contract';
import type { DestinationFactory } from '@weir/engine';
import { ArmClient, apiVersions } from '../azure/arm.ts';
import { inTenant } from '../azure/credential.ts';
import { classify } from '../azure/faults.ts';
import type { Watch } from '../watch.ts';
import { openWorkspace } from './workspace.ts';

/** The data collection rule of a workspace, made at Save: `weir-<workspace>` in the workspace's own resource group. */
export function ruleIdOf(target: LogAnalyticsTarget): string {
  const [, group, name] = /^(\/subscriptions\/[^/]+\/resourceGroups\/[^/]+)\/.*\/([^/]+)$/i.exec(target.workspaceId)!;
  return `${group}/providers/Microsoft.Insights/dataCollectionRules/weir-${name}`;
}
export interface DataCollectionRule {
  location: string;
  kind?: string;
  properties: {
    immutableId?: string;
    endpoints?: { logsIngestion?: string };
    streamDeclarations?: Record<string, unknown>;
    destinations?: unknown;
    dataFlows?: { streams: string[]; destinations: string[]; outputStream: string; transformKql?: string }[];
  };
}

export interface LogAnalyticsOptions {
  credential: TokenCredential;
  armEndpoint: string;
  armScope: string;
  monitorScope: string;
  intervalMs: number;
  watch?: Watch;
}

/** Send to Log Analytics: custom tables through the Logs Ingestion API, at least once, doubles removable by RecordId. */
export const logAnalyticsFactory = (options: LogAnalyticsOptions): DestinationFactory<'logAnalytics'> => ({
  type: 'logAnalytics',
  async open(target, identity, signal) {
    const credential = inTenant(options.credential, identity.tenantId);
    const arm = new ArmClient({ credential, endpoint: options.armEndpoint, scope: options.armScope });
    try {
      const rule = await arm.get<DataCollectionRule>(ruleIdOf(target), apiVersions.insights, signal);
      const endpoint = rule.properties.endpoints?.logsIngestion;
      const immutableId = rule.properties.immutableId;
      if (!endpoint || !immutableId) {
        return {
          kind: 'misconfigured',
          fault: {
            code: 'NoIngestionEndpoint',
            message: 'The data collection rule has no ingestion endpoint of its own.',
            remedy: 'Save the setting again: the rule is made anew with kind Direct.',
          },
        };
      }
      return {
        kind: 'open',
        destination: openWorkspace({ endpoint, immutableId, credential, monitorScope: options.monitorScope }, identity, options),
      };
    } catch (error) {
      return classify(error);
    }
  },
});
