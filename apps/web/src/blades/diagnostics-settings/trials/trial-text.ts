import { destinationNames, destinationTypes, type DestinationsInput, type DestinationType, type TrialResult } from '@weir/contract';
import { formatNumber } from '../../../lib/format.ts';

/** `120 ms`, `1.4 s`. */
export const timeText = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`);

/** What came of a test record, in a few words. */
export function outcomeText({ outcome, durationMs }: Pick<TrialResult, 'outcome' | 'durationMs'>): string {
  const time = timeText(durationMs);
  switch (outcome) {
    case 'delivered':
      return `Delivered in ${time}`;
    case 'misconfigured':
      return `Misconfigured, after ${time}`;
    case 'refused':
      return `Refused, after ${time}`;
    case 'timeout':
      return `No answer in ${time}`;
    case 'failed':
      return `Failed, after ${time}`;
  }
}
/** What to do: as a delivery says it, or that it would go on by itself. */
export const remedyText = ({ outcome, fault }: Pick<TrialResult, 'outcome' | 'fault'>): string =>
  fault?.remedy ?? (outcome === 'failed' || outcome === 'timeout' ? 'A delivery would try again by itself, and lose nothing.' : '');

/** All of it in one sentence, for who cannot see the rows. */
export function summaryText(results: readonly TrialResult[]): string {
  const bad = results.filter((r) => r.outcome !== 'delivered');
  const good = results.length - bad.length;
  if (bad.length === 0)
    return results.length === 1 ? 'The test record was delivered.' : `The test record was delivered to all ${good} destinations.`;
  return [
    `The test record was delivered to ${good} of ${results.length} destinations.`,
    ...bad.map((r) => `${destinationNames[r.type]}: ${outcomeText(r)}. ${r.fault?.message ?? ''}`),
  ].join(' ');
}

/** Size of a body, and what cannot be seen at its end. */
export function bytesText(body: string, bytes: number): string {
  const end = body.endsWith('\r\n') ? ', ends with CR LF' : body.endsWith('\n') ? ', ends with LF' : '';
  return `${formatNumber(bytes)} ${bytes === 1 ? 'byte' : 'bytes'}${end}`;
}

/** The destinations that are there, in the order of the API's answers. */
export const typesIn = (destinations: DestinationsInput): DestinationType[] =>
  destinationTypes.filter((t) => destinations[t] !== undefined);
