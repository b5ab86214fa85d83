import type { DestinationTargets, DestinationType } from '@weir/contract';
import type { DeliveryIdentity, LogRecord } from '@weir/engine';
import { bulkUrl, documentOf } from './elastic/bulk.ts';
import { bodyOf as messageOf, messageIdOf, propertiesOf } from './event-hub/hub.ts';
import { hubName } from './event-hub/index.ts';
import { streamOf, toRow } from './log-analytics/workspace.ts';
import { eventOf, eventUrl } from './splunk/collector.ts';
import { blobOf, containerOf, render } from './storage/archive.ts';
import { withoutQuery, type Exchange } from './watch.ts';
import { bodyOf as requestOf, idOf } from './webhook/hook.ts';

/** What a destination would get: as it leaves, before it is compressed. */
export type Preview = Pick<Exchange, 'method' | 'address' | 'headers' | 'contentType' | 'encoding' | 'body'>;
type Of = { [T in DestinationType]: (target: DestinationTargets[T], identity: DeliveryIdentity, record: LogRecord, at: Date) => Preview };

const nameOf = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
const namespaceOf = (ruleId: string): string => nameOf(ruleId.split(/\/authorizationRules\//i)[0]!);

/** The bytes that one record becomes at each type, by the functions that send. Asks nobody, so an address holds names and no host that Azure would tell. */
const previews: Of = {
  storage: (target, identity, record, at) => ({
    method: 'PUT',
    address: `${nameOf(target.storageAccountId)}/${containerOf(identity.category)}/${blobOf(identity, at, 0)}`,
    headers: {},
    contentType: 'application/octet-stream',
    encoding: null,
    body: render([record]),
  }),
  eventHub: (target, identity, record) => ({
    method: 'AMQP',
    address: `${namespaceOf(target.authorizationRuleId)}/${hubName(target, identity.category)}`,
    headers: {
      'message-id': messageIdOf(identity, record.seq, record.seq),
      ...Object.fromEntries(Object.entries(propertiesOf(identity, record.seq, record.seq)).map(([name, value]) => [name, String(value)])),
    },
    contentType: 'application/json',
    encoding: null,
    body: messageOf([record]),
  }),
  logAnalytics: (target, identity, record) => ({
    method: 'POST',
    address: `${nameOf(target.workspaceId)}/streams/${streamOf(identity.provider, identity.category)}`,
    headers: {},
    contentType: 'application/json',
    encoding: 'gzip',
    body: Buffer.from(JSON.stringify([toRow(record, identity.tenantId)])),
  }),
  splunk: (target, identity, record) => ({
    method: 'POST',
    address: eventUrl(target),
    headers: {},
    contentType: 'application/json',
    encoding: 'gzip',
    body: Buffer.concat(eventOf(target, identity, record)),
  }),
  elastic: (target, identity, record) => ({
    method: 'POST',
    address: withoutQuery(bulkUrl(target)),
    headers: {},
    contentType: 'application/x-ndjson',
    encoding: 'gzip',
    body: Buffer.concat(documentOf(identity, record)),
  }),
  webhook: (target, identity, record) => ({
    method: 'POST',
    address: withoutQuery(target.url),
    headers: { 'webhook-id': idOf(identity, record.seq, record.seq) },
    contentType: 'application/json',
    encoding: null,
    body: requestOf(identity, [record]),
  }),
};

/** What a destination would get for one record that goes alone, at a time. */
export const previewOf = <T extends DestinationType>(
  type: T,
  target: DestinationTargets[T],
  identity: DeliveryIdentity,
  record: LogRecord,
  at: Date,
): Preview => (previews[type] as Of[T])(target, identity, record, at);
