import type { TrialResult } from '@weir/contract';
import { expect, test } from 'vitest';
import { bytesText, outcomeText, remedyText, summaryText } from './trial-text.ts';

const result = (outcome: TrialResult['outcome'], more: Partial<TrialResult> = {}): TrialResult => ({
  type: 'storage',
  outcome,
  durationMs: 1_420,
  place: null,
  fault: outcome === 'delivered' ? null : { code: 'x', message: 'It says why.', remedy: null },
  exchanges: [],
  ...more,
});

test('a summary names every destination that did not take it', () => {
  expect(summaryText([result('delivered')])).toBe('The test record was delivered.');
  expect(summaryText([result('delivered'), result('misconfigured', { type: 'webhook', durationMs: 80 })])).toBe(
    'The test record was delivered to 1 of 2 destinations. Webhook: Misconfigured, after 80 ms. It says why.',
  );
});

test('what a delivery would repeat by itself is said; what a person must mend is not passed off as that', () => {
  expect(remedyText(result('timeout'))).toContain('try again by itself');
  expect(remedyText(result('misconfigured'))).toBe('');
  expect(remedyText(result('failed', { fault: { code: 'x', message: 'm', remedy: 'Mend it.' } }))).toBe('Mend it.');
  expect(outcomeText(result('timeout'))).toBe('No answer in 1.4 s');
});

test('an end that cannot be seen is named', () => {
  expect([bytesText('{}\r\n', 4), bytesText('{}\n', 3), bytesText('1', 1)]).toEqual([
    '4 bytes, ends with CR LF',
    '3 bytes, ends with LF',
    '1 byte',
  ]);
});
