import type { Pattern, Query } from './ast.ts';

/** Writes a query so that `parseQuery` reads the same one back. */
export function printQuery(query: Query): string {
  switch (query.kind) {
    case 'all':
      return '';
    case 'text':
      return value(query.pattern, true);
    case 'field':
      return `${query.field}:${value(query.pattern, false)}`;
    case 'time':
      return `time${query.operator}${query.at}`;
    case 'not':
      return `-${nested(query.of, ['text', 'field', 'time'])}`;
    case 'and':
      return query.of.map((q) => nested(q, ['text', 'field', 'time', 'not'])).join(' ');
    case 'or': {
      const [first] = query.of;
      const oneField = first?.kind === 'field' && query.of.every((q) => q.kind === 'field' && q.field === first.field);
      if (oneField) return `${first.field}:(${query.of.map((q) => (q.kind === 'field' ? value(q.pattern, false) : '')).join(' or ')})`;
      return query.of.map((q) => nested(q, ['text', 'field', 'time', 'not', 'and'])).join(' or ');
    }
  }
}

function nested(query: Query, bare: readonly Query['kind'][]): string {
  const text = printQuery(query);
  const oneField = query.kind === 'or' && /^[a-z]+:\(/.test(text) && query.of.every((q) => q.kind === 'field');
  return bare.includes(query.kind) || (oneField && new Set(query.of.map((q) => (q.kind === 'field' ? q.field : ''))).size === 1)
    ? text
    : `(${text})`;
}

/** Quoted where a blank, a bracket or a word of the grammar would be read otherwise. */
function value(pattern: Pattern, free: boolean): string {
  const plain = pattern.join('*');
  const escaped = pattern.map((p) => p.replaceAll(/[\\*"]/g, String.raw`\$&`)).join('*');
  const word = /^(or|and|not)$/i.test(plain) || (free && (plain.startsWith('-') || /^[a-z]+[:<>]/i.test(plain)));
  return plain === '' || word || /[\s()]/.test(plain) ? `"${escaped}"` : escaped;
}
