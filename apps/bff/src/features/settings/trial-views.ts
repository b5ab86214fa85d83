import { gunzipSync } from 'node:zlib';
import {
  destinationTypes,
  SHOWN_BODY,
  withoutSecrets,
  type DestinationsInput,
  type DestinationTargets,
  type DestinationType,
} from '@weir/contract';
import type { Preview } from '@weir/destinations';
import type { DeliveryOutcome } from '@weir/engine';

/** So long one destination may take: to be made ready, and for the test record. In ms. */
export const DESTINATION_LIMIT_MS = 15_000;

/** The destinations that are there, without their secrets. */
export function chosenOf(input: DestinationsInput): [DestinationType, DestinationTargets[DestinationType]][] {
  const destinations = withoutSecrets(input);
  return destinationTypes.flatMap((type) => {
    const target = destinations[type];
    return target ? [[type, target]] : [];
  });
}

/** A request as it is shown. `compressed`: its body is as it travelled. */
export function contentOf({ method, address, headers, contentType, encoding, body }: Preview, compressed: boolean) {
  const plain = compressed && encoding === 'gzip' ? gunzipSync(body) : body;
  const text = plain.toString();
  const cut = text.length > SHOWN_BODY;
  return {
    method,
    address,
    headers: { ...headers },
    contentType,
    encoding,
    bytes: plain.length,
    body: cut ? text.slice(0, SHOWN_BODY) : text,
    cut,
  };
}

type Accepted = Extract<DeliveryOutcome, { kind: 'accepted' }>;
/** Where a record is, in words that can be looked up at the destination. */
export function placeText(place: Accepted['place']): string | null {
  const at = place as Readonly<Record<string, unknown>>;
  const text = (name: string): string => (typeof at[name] === 'string' || typeof at[name] === 'number' ? String(at[name]) : '');
  switch (at['kind']) {
    case 'storage':
      return `${text('account')}/${text('container')}/${text('blob')}, byte ${text('offset')}`;
    case 'eventHub':
      return `${text('namespace')}/${text('hub')}, message ${(place as { messages: readonly { id: string }[] }).messages[0]?.id ?? ''}`;
    case 'logAnalytics':
      return `${text('endpoint')}, stream ${text('stream')}`;
    default: {
      const url = text('url');
      const more = text('index') || text('messageId');
      return url === '' ? null : more === '' ? url : `${url}, ${text('index') === '' ? 'message' : 'index'} ${more}`;
    }
  }
}
