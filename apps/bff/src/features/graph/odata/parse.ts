import { MAX_GRAPH_CONDITIONS, MAX_GRAPH_FILTER } from '@weir/contract/dialects';
import { comparisons, ODataError, type Call, type Comparison, type Filter, type Literal, type Operand, type Path } from './ast.ts';

const MAX_DEPTH = 30;

interface Token {
  readonly kind: Literal['type'] | 'word' | 'sign' | 'end';
  readonly text: string;
  readonly at: number;
}
const GUID = String.raw`[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`;
const TIME = String.raw`\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,12})?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?`;
const END = String.raw`(?![\w.:+-])`;
const token = new RegExp(
  String.raw`(?<blank>\s+)|'(?<string>(?:[^']|'')*)'|(?<guid>${GUID})${END}|(?<time>${TIME})${END}|(?<number>-?\d+(?:\.\d+)?)${END}|(?<word>[A-Za-z_][\w.]*)|(?<sign>[()/,:])`,
  'y',
);

/** Reads a `$filter`. Throws `ODataError` and nothing else, and takes time in proportion to the text's length. */
export function parseFilter(text: string): Filter {
  if (text.length > MAX_GRAPH_FILTER)
    throw new ODataError(MAX_GRAPH_FILTER, `The filter is longer than ${MAX_GRAPH_FILTER} characters.`, true);
  return new Reader(tokensOf(text)).read();
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < text.length) {
    token.lastIndex = at;
    const groups = token.exec(text)?.groups;
    if (!groups) {
      if (text[at] === "'") throw new ODataError(at, 'This quote is not closed. A quote within a text is written twice.');
      throw new ODataError(at, `There is a syntax error at '${String.fromCodePoint(text.codePointAt(at)!)}'.`);
    }
    const [kind, value] = Object.entries(groups).find(([, v]) => v !== undefined) as [string, string];
    if (kind === 'string') {
      const unquoted = value.replaceAll("''", "'");
      if (unquoted.includes('\u0000') || !unquoted.isWellFormed())
        throw new ODataError(at, 'This text holds a character that no record can hold.');
      tokens.push({ kind, text: unquoted, at });
    } else if (kind === 'word' && /^(true|false|null)$/.test(value))
      tokens.push({ kind: value === 'null' ? 'null' : 'boolean', text: value, at });
    else if (kind !== 'blank') tokens.push({ kind: kind as Token['kind'], text: value, at });
    at = token.lastIndex;
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

type Lambda = Extract<Filter, { readonly of: Filter | null; readonly path: Path }>;
const isLambda = (value: Operand | Lambda): value is Lambda => value.kind === 'any' || value.kind === 'all';
const isComparison = (word: string): word is Comparison => comparisons.includes(word as Comparison);
/** Operators of OData that compute: none of them is answered here. */
const arithmetic = new Set(['add', 'sub', 'mul', 'div', 'divby', 'mod', 'has']);

/** Grammar: or := and ("or" and)*; and := unary ("and" unary)*; unary := "not" unary | "(" or ")" | operand [operator operand]. */
class Reader {
  readonly #tokens: readonly Token[];
  #next = 0;
  #conditions = 0;
  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  read(): Filter {
    if (this.#tokens.length === 1) throw new ODataError(0, 'The filter is empty.');
    const filter = this.#or(0);
    if (this.#peek.kind !== 'end') throw this.#unexpected('the end, or "and" or "or"');
    return filter;
  }

  #or(depth: number): Filter {
    let left = this.#and(depth);
    for (let at = this.#peek.at; this.#word('or'); at = this.#peek.at) left = { kind: 'or', at, left, right: this.#and(depth) };
    return left;
  }
  #and(depth: number): Filter {
    let left = this.#unary(depth);
    for (let at = this.#peek.at; this.#word('and'); at = this.#peek.at) left = { kind: 'and', at, left, right: this.#unary(depth) };
    return left;
  }
  #unary(depth: number): Filter {
    const { at } = this.#peek;
    if (depth > MAX_DEPTH) throw new ODataError(at, `The filter is nested deeper than ${MAX_DEPTH} here.`, true);
    if (this.#word('not')) {
      const of = this.#unary(depth + 1);
      // `not a eq b` is `(not a) eq b`, which nobody means: "not" binds closer than a comparison.
      if ((of.kind === 'compare' || of.kind === 'in') && !this.#bracketed)
        throw new ODataError(at, 'After "not" a comparison needs parentheses.');
      this.#bracketed = false;
      return { kind: 'not', at, of };
    }
    if (this.#sign('(')) {
      const inner = this.#or(depth + 1);
      this.#expect(')');
      this.#bracketed = true;
      return inner;
    }
    const made = this.#condition(depth);
    this.#bracketed = false;
    return made;
  }
  /** Whether the expression that was read last stood in parentheses. */
  #bracketed = false;

  #condition(depth: number): Filter {
    this.#conditions += 1;
    const { at } = this.#peek;
    if (this.#conditions > MAX_GRAPH_CONDITIONS) throw new ODataError(at, `A filter has at most ${MAX_GRAPH_CONDITIONS} conditions.`, true);
    const left = this.#operand(depth);
    if (isLambda(left)) return left;
    const operator = this.#peek;
    const name = operator.kind === 'word' ? operator.text.toLowerCase() : '';
    if (isComparison(name)) {
      this.#next += 1;
      const right = this.#operand(depth);
      if (isLambda(right)) throw new ODataError(right.at, `"${right.kind}" cannot be compared.`);
      return { kind: 'compare', at, operator: name, left, right };
    }
    if (name === 'in') {
      this.#next += 1;
      return { kind: 'in', at, left, values: this.#list() };
    }
    if (arithmetic.has(name)) throw new ODataError(operator.at, `The operator "${name}" is not supported.`, true);
    if (left.kind === 'literal') throw this.#unexpected('a comparison such as eq');
    return left;
  }

  #list(): Literal[] {
    this.#expect('(');
    const values: Literal[] = [];
    do {
      this.#conditions += 1;
      if (this.#conditions > MAX_GRAPH_CONDITIONS)
        throw new ODataError(this.#peek.at, `A filter has at most ${MAX_GRAPH_CONDITIONS} conditions.`, true);
      const value = this.#literal();
      if (!value) throw this.#unexpected('a value');
      values.push(value);
    } while (this.#sign(','));
    this.#expect(')');
    return values;
  }

  #literal(): Literal | null {
    const { kind, text, at } = this.#peek;
    if (kind === 'word' || kind === 'sign' || kind === 'end') return null;
    this.#next += 1;
    return { kind: 'literal', type: kind, text, at };
  }

  #operand(depth: number): Operand | Lambda {
    const literal = this.#literal();
    if (literal) return literal;
    const { kind, text, at } = this.#peek;
    if (kind !== 'word') throw this.#unexpected('a property, a function or a value');
    this.#next += 1;
    if (this.#sign('(')) return this.#call(text, at, depth);
    const segments = [text];
    while (this.#sign('/')) {
      const segment = this.#peek;
      if (segment.kind !== 'word') throw this.#unexpected('the name of a property');
      this.#next += 1;
      const path: Path = { kind: 'path', at, segments };
      if ((segment.text === 'any' || segment.text === 'all') && this.#sign('(')) return this.#lambda(segment.text, path, depth);
      segments.push(segment.text);
    }
    return { kind: 'path', at, segments };
  }

  #call(name: string, at: number, depth: number): Call {
    if (depth > MAX_DEPTH) throw new ODataError(at, `The filter is nested deeper than ${MAX_DEPTH} here.`, true);
    const args: Operand[] = [];
    if (!this.#sign(')')) {
      do {
        const argument = this.#operand(depth + 1);
        if (isLambda(argument)) throw new ODataError(argument.at, `"${argument.kind}" cannot stand here.`);
        args.push(argument);
      } while (this.#sign(','));
      this.#expect(')');
    }
    return { kind: 'call', at, name, args };
  }

  #lambda(kind: 'any' | 'all', path: Path, depth: number): Lambda {
    if (this.#sign(')')) return { kind, at: path.at, path, variable: '', of: null };
    const variable = this.#peek;
    if (variable.kind !== 'word') throw this.#unexpected('the name of a variable, as in any(r:r/displayName eq …)');
    this.#next += 1;
    this.#expect(':');
    const of = this.#or(depth + 1);
    this.#expect(')');
    return { kind, at: path.at, path, variable: variable.text, of };
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }
  #word(word: string): boolean {
    if (this.#peek.kind !== 'word' || this.#peek.text.toLowerCase() !== word) return false;
    this.#next += 1;
    return true;
  }
  #sign(sign: string): boolean {
    if (this.#peek.kind !== 'sign' || this.#peek.text !== sign) return false;
    this.#next += 1;
    return true;
  }
  #expect(sign: string): void {
    if (!this.#sign(sign)) throw this.#unexpected(`"${sign}"`);
  }
  #unexpected(wanted: string): ODataError {
    const { kind, text, at } = this.#peek;
    return new ODataError(
      at,
      kind === 'end' ? `The filter ends where ${wanted} is expected.` : `Expected ${wanted}, found '${text.slice(0, 60)}'.`,
    );
  }
}
