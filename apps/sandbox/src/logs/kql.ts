export interface Table {
  columns: readonly { name: string; type: string }[];
  rows: Record<string, unknown>[];
}
/** A query that is not understood, with the position (from 1) where. */
export class KqlError extends Error {
  override readonly name = 'KqlError';
  readonly position: number;
  constructor(message: string, position: number) {
    super(message);
    this.position = position;
  }
}
interface Token {
  kind: 'word' | 'text' | 'number' | 'sign';
  value: string;
  at: number;
}

function tokens(query: string): Token[] {
  const found: Token[] = [];
  const pattern =
    /\s+|\/\/[^\n]*|(?<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<number>\d+(?:\.\d+)?)(?<unit>[dhms])?\b|(?<word>[A-Za-z_][\w]*)|(?<sign>==|!=|=~|>=|<=|[><|(),*=])/gy;
  while (pattern.lastIndex < query.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(query);
    if (!match) throw new KqlError(`Unexpected ${JSON.stringify(query[at])}.`, at + 1);
    const g = match.groups!;
    if (g['text'] !== undefined) found.push({ kind: 'text', value: g['text'].slice(1, -1).replaceAll(/\\(.)/g, '$1'), at });
    else if (g['number'] !== undefined) found.push({ kind: 'number', value: g['number'] + (g['unit'] ?? ''), at });
    else if (g['word'] !== undefined) found.push({ kind: 'word', value: g['word'], at });
    else if (g['sign'] !== undefined) found.push({ kind: 'sign', value: g['sign'], at });
  }
  return found;
}

const millis = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000 } as const;

/**
 * Answers a small part of KQL over rows in memory: where (==, !=, =~, contains, has, startswith, <, >, <=, >=, and, or, ago),
 * count, take, limit, order by, sort by, top, project, distinct, summarize count() by, summarize arg_max(col, *) by.
 * Everything else throws `KqlError` at its place: never a guess.
 */
export function runKql(query: string, source: (table: string) => Table | undefined): Table {
  const list = tokens(query);
  let next = 0;
  const peek = () => list[next];
  const fail = (message: string): never => {
    throw new KqlError(message, (peek()?.at ?? query.length) + 1);
  };
  const take = (kind?: Token['kind'], value?: string): Token => {
    const token = peek();
    if (!token || (kind && token.kind !== kind) || (value && token.value.toLowerCase() !== value))
      return fail(`Expected ${value ?? kind ?? 'more'}${token ? `, found '${token.value}'` : ' before the end'}.`);
    next += 1;
    return token;
  };
  const accept = (value: string): boolean => {
    if (peek()?.value.toLowerCase() !== value || peek()?.kind === 'text') return false;
    next += 1;
    return true;
  };
  const name = take('word');
  const found = source(name.value);
  if (!found) throw new KqlError(`'where' operator: Failed to resolve table or column expression named '${name.value}'`, name.at + 1);
  let { columns, rows } = found;
  const column = (): string => {
    const token = take('word');
    if (!columns.some((c) => c.name === token.value))
      throw new KqlError(`Failed to resolve scalar expression named '${token.value}'`, token.at + 1);
    return token.value;
  };
  const columnsList = (): string[] => {
    const names = [column()];
    while (accept(',')) names.push(column());
    return names;
  };
  const literal = (): string | number => {
    const token = take();
    if (token.kind === 'text') return token.value;
    if (token.kind === 'number') return Number(token.value);
    if (token.value === 'ago') {
      take('sign', '(');
      const span = take('number').value;
      take('sign', ')');
      return new Date(Date.now() - Number(span.slice(0, -1)) * millis[span.at(-1) as keyof typeof millis]).toISOString();
    }
    if (token.value === 'datetime') {
      take('sign', '(');
      const inner = take('text').value;
      take('sign', ')');
      return new Date(inner).toISOString();
    }
    next -= 1;
    return fail(`Expected a value, found '${token.value}'.`);
  };
  type Test = (row: Record<string, unknown>) => boolean;
  const comparison = (): Test => {
    if (accept('(')) {
      const inner = disjunction();
      take('sign', ')');
      return inner;
    }
    const left = column();
    const operator = take().value;
    const right = literal();
    const text = (row: Record<string, unknown>) => String(row[left] ?? '');
    const lower = String(right).toLowerCase();
    const order = (row: Record<string, unknown>) =>
      typeof row[left] === 'number'
        ? (row[left] as number) - Number(right)
        : text(row) < String(right)
          ? -1
          : text(row) > String(right)
            ? 1
            : 0;
    const tests: Record<string, Test> = {
      '==': (r) => text(r) === String(right),
      '!=': (r) => text(r) !== String(right),
      '=~': (r) => text(r).toLowerCase() === lower,
      contains: (r) => text(r).toLowerCase().includes(lower),
      startswith: (r) => text(r).toLowerCase().startsWith(lower),
      has: (r) =>
        text(r)
          .toLowerCase()
          .split(/[^\p{L}\p{N}]+/u)
          .join(' ')
          .includes(lower.split(/[^\p{L}\p{N}]+/u).join(' ')),
      '>': (r) => order(r) > 0,
      '<': (r) => order(r) < 0,
      '>=': (r) => order(r) >= 0,
      '<=': (r) => order(r) <= 0,
    };
    const test = tests[operator];
    if (!test) {
      next -= 2;
      return fail(`The operator '${operator}' is not supported here.`);
    }
    return test;
  };
  const conjunction = (): Test => {
    const tests = [comparison()];
    while (accept('and')) tests.push(comparison());
    return (row) => tests.every((t) => t(row));
  };
  const disjunction = (): Test => {
    const tests = [conjunction()];
    while (accept('or')) tests.push(conjunction());
    return (row) => tests.some((t) => t(row));
  };
  const grouped = (keys: string[]): Map<string, Record<string, unknown>[]> =>
    Map.groupBy(rows, (row) => JSON.stringify(keys.map((k) => row[k] ?? null)));
  while (next < list.length) {
    take('sign', '|');
    const operator = take('word');
    switch (operator.value) {
      case 'where': {
        const test = disjunction();
        rows = rows.filter(test);
        break;
      }
      case 'count':
        rows = [{ Count: rows.length }];
        columns = [{ name: 'Count', type: 'long' }];
        break;
      case 'take':
      case 'limit':
        rows = rows.slice(0, Number(take('number').value));
        break;
      case 'order':
      case 'sort':
      case 'top': {
        const limit = operator.value === 'top' ? Number(take('number').value) : Number.POSITIVE_INFINITY;
        take('word', 'by');
        const key = column();
        const ascending = accept('asc');
        if (!ascending) accept('desc');
        const sign = ascending ? 1 : -1;
        rows = rows
          .toSorted(
            (a, b) => sign * (String(a[key] ?? '') < String(b[key] ?? '') ? -1 : String(a[key] ?? '') > String(b[key] ?? '') ? 1 : 0),
          )
          .slice(0, limit);
        break;
      }
      case 'project':
      case 'distinct': {
        const names = columnsList();
        columns = names.map((n) => columns.find((c) => c.name === n)!);
        rows = rows.map((row) => Object.fromEntries(names.map((n) => [n, row[n] ?? null])));
        if (operator.value === 'distinct') rows = [...Map.groupBy(rows, (r) => JSON.stringify(r)).values()].map((g) => g[0]!);
        break;
      }
      case 'summarize': {
        const what = take('word');
        take('sign', '(');
        if (what.value === 'count') {
          take('sign', ')');
          const keys = accept('by') ? columnsList() : [];
          rows = [...grouped(keys).values()].map((g) => ({ ...Object.fromEntries(keys.map((k) => [k, g[0]![k]])), count_: g.length }));
          columns = [...keys.map((k) => columns.find((c) => c.name === k)!), { name: 'count_', type: 'long' }];
        } else if (what.value === 'arg_max') {
          const key = column();
          take('sign', ',');
          take('sign', '*');
          take('sign', ')');
          take('word', 'by');
          rows = [...grouped(columnsList()).values()].map((g) => g.reduce((a, b) => (String(b[key]) > String(a[key]) ? b : a)));
        } else throw new KqlError(`The aggregate '${what.value}' is not supported here.`, what.at + 1);
        break;
      }
      default:
        throw new KqlError(`The operator '${operator.value}' is not supported here.`, operator.at + 1);
    }
  }
  return { columns, rows };
}
