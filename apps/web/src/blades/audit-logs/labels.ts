import { oneField, printQuery, type Query, type QueryField } from '@weir/contract';
import { formatTime, type Zone } from '../../lib/format.ts';

/** Fields in the words of the blade, in the order of its columns and filters. */
export const fieldLabels: Record<QueryField, string> = {
  category: 'Category',
  activity: 'Activity',
  actor: 'Initiated by',
  application: 'Application',
  target: 'Target',
  type: 'Target type',
  status: 'Status',
  correlation: 'Correlation id',
  id: 'Id',
};

/** A condition in words, for a pill. What has no words of its own stands as it is typed. */
export function describe(query: Query, zone: Zone): string {
  if (query.kind === 'not') return `Not ${describe(query.of, zone)}`;
  if (query.kind === 'time') {
    const words = { '>=': 'from', '>': 'after', '<': 'before', '<=': 'until' };
    return `Time ${words[query.operator]} ${formatTime(query.at, zone)}`;
  }
  if (query.kind === 'text') return `Contains ${query.pattern.join('*')}`;
  const one = oneField(query);
  if (!one) return printQuery(query);
  const values = one.patterns.map((p) => (p.join('') === '' ? (p.length > 1 ? 'any' : 'none') : p.join('*')));
  return `${fieldLabels[one.field]}: ${values.join(' or ')}`;
}
