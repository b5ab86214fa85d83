import type { Filter, Operand } from './ast.ts';

const operand = (o: Operand): string => {
  if (o.kind === 'path') return o.segments.join('/');
  if (o.kind === 'call') return `${o.name}(${o.args.map(operand).join(',')})`;
  return o.type === 'string' ? `'${o.text.replaceAll("'", "''")}'` : o.text;
};
const nested = (filter: Filter, bare: boolean): string => (bare ? printFilter(filter) : `(${printFilter(filter)})`);

/** Writes a filter so that `parseFilter` reads the same one back. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      // To the right the same operator needs brackets: operators are read from the left.
      const weaker = (side: Filter, right: boolean): boolean =>
        side.kind === 'or' ? filter.kind === 'and' || right : side.kind === 'and' && filter.kind === 'and' && right;
      return `${nested(filter.left, !weaker(filter.left, false))} ${filter.kind} ${nested(filter.right, !weaker(filter.right, true))}`;
    }
    case 'not':
      return `not ${nested(filter.of, ['not', 'call', 'any', 'all', 'path'].includes(filter.of.kind))}`;
    case 'compare':
      return `${operand(filter.left)} ${filter.operator} ${operand(filter.right)}`;
    case 'in':
      return `${operand(filter.left)} in (${filter.values.map(operand).join(',')})`;
    case 'any':
    case 'all':
      return `${operand(filter.path)}/${filter.kind}(${filter.of ? `${filter.variable}:${printFilter(filter.of)}` : ''})`;
    case 'call':
    case 'path':
      return operand(filter);
  }
}
