import fc from 'fast-check';
import { expect, test } from 'vitest';
import { printQuery } from '../query/print.ts';
import { toKql } from './kql.ts';

const where = (q: string): string[] =>
  (toKql({ q }) ?? 'nothing')
    .split('\n')
    .filter((l) => l.startsWith('| where'))
    .map((l) => l.slice('| where '.length));

test('a query of every part', () => {
  expect(
    toKql({ from: '2026-11-01T00:00:00Z', to: '2026-11-08T00:00:00Z', q: 'category:(Device or Role) -actor:*automation* app:Portal' }),
  ).toBe(
    `// Categories are numbers here; 0 is Other, and every category that has none of its own.
IntuneAuditLogs_CL
| where TimeGenerated >= datetime(2026-11-01T00:00:00.000Z) and TimeGenerated < datetime(2026-11-08T00:00:00.000Z)
| extend P = parse_json(Properties)
| extend AuditCategory = toint(P.Category)
| extend Application = tostring(P.Actor.ApplicationName)
| where (AuditCategory in (4) or AuditCategory in (9))
| where not(Identity contains "automation")
| where Application =~ "Portal"
| summarize arg_max(Sequence, *) by RecordId
| order by TimeGenerated desc`,
  );
});
test.each([
  ['activity:"wipe ManagedDevice"', ['OperationName =~ "wipe ManagedDevice"']],
  ['activity:wipe*device', ['OperationName matches regex "(?is)^wipe.*device$"']],
  ['status:""', ['(isempty(ResultType) or ResultType == "<null>")']],
  ['target:"Ring 3"', [String.raw`TargetNames contains "\nRing 3\n"`]],
  ['target:Ring*', [String.raw`TargetNames contains "\nRing"`]],
  ['id:a correlation:b*', ['RecordId =~ "a"', 'CorrelationId startswith "b"']],
  ['time>2026-11-21', ['TimeGenerated > datetime(2026-11-21T00:00:00.000Z)']],
  ['type:MobileApp', []],
  ['category:CloudPC', []],
  ['category:device*', ['AuditCategory in (3, 4, 11, 12, 13, 14, 20)']],
])('%s', (q, expected) => {
  expect(where(q)).toEqual(expected);
});
test('a word is looked for in each column, as JSON within Properties', () => {
  expect(where(String.raw`"a \"b\""`)[0]).toBe(
    String.raw`(OperationName contains "a \"b\"" or Identity contains "a \"b\"" or ResultType contains "a \"b\"" or CorrelationId contains "a \"b\"" or RecordId contains "a \"b\"" or Properties contains "a \\\"b\\\"")`,
  );
});

test('no value gets out of its quotes', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((s) => s.isWellFormed() && !s.includes('\u0000'));
  fc.assert(
    fc.property(fc.constantFrom('actor', 'activity', 'target', 'application'), value, fc.boolean(), (field, text, starred) => {
      const kql = toKql({ q: printQuery({ kind: 'field', field: field as 'actor', pattern: starred ? ['', text, 'x'] : [text] }) })!;
      expect(kql.replaceAll(/"(?:[^"\\\n]|\\.)*"/g, '_')).toMatch(/^[\w\s|=~.,()<>*]+$/);
    }),
    { numRuns: 500 },
  );
});
