/** Characters that one value may have before it is given up: far above any record, far below what would fill the memory. */
const MAX_VALUE = 64 << 20;

export interface JsonText {
  /** The line that it begins on, from 1. */
  line: number;
  text: string;
}
/** What may come next inside a value: a value, a key or the end of an object, a colon, or a comma or end. */
type Expected = 'value' | 'key' | 'colon' | 'next';

/**
 * Cuts a text stream into JSON values with the line that each begins on. Values may follow each other line by line, over
 * several lines, or stand in one array. What cannot be JSON is passed on as it is, for the parser to refuse; a line that was
 * cut off takes none of the lines after it along.
 */
export async function* jsonValues(stream: AsyncIterable<string>): AsyncGenerator<JsonText> {
  const cutter = new Cutter();
  for await (const chunk of stream) yield* cutter.feed(chunk);
  yield* cutter.end();
}

class Cutter {
  #line = 1;
  #start = 1;
  /** Brackets that are open inside the value. */
  #open: string[] = [];
  #expected: Expected = 'value';
  /** Something stands where JSON allows nothing of the kind: the value is broken, and its lines are looked at one by one. */
  #broken = false;
  #inString = false;
  #escaped = false;
  #inArray = false;
  #begun = false;
  #parts: string[] = [];
  #size = 0;

  *feed(chunk: string): Generator<JsonText> {
    let from = 0;
    const take = (to: number) => {
      this.#parts.push(chunk.slice(from, to));
      this.#size += to - from;
      from = to;
      if (this.#size > MAX_VALUE) throw new Error(`The value that begins on line ${this.#start} has more than ${MAX_VALUE} characters.`);
    };
    for (let i = 0; i < chunk.length; i += 1) {
      const c = chunk[i]!;
      if (c === '\n') {
        this.#line += 1;
        // A line that ends inside a string is broken: JSON has no raw line end there. What follows begins anew.
        if (this.#open.length === 0 || this.#inString || this.#broken) {
          take(i + 1);
          yield* this.#finish();
        }
        continue;
      }
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (c === '\\') this.#escaped = true;
        else if (c === '"') this.#inString = false;
        continue;
      }
      if (!this.#begun && c === '[') {
        this.#begun = true;
        this.#inArray = true;
        from = i + 1;
      } else if (this.#open.length > 0) {
        if (this.#inside(c)) {
          take(i + 1);
          yield* this.#finish();
        }
      } else if (c === '{' || c === '[') {
        this.#begun = true;
        take(i);
        this.#flush();
        this.#start = this.#line;
        this.#open.push(c);
        this.#expected = c === '{' ? 'key' : 'value';
      } else if (this.#inArray && (c === ',' || c === ']')) {
        take(i);
        yield* this.#finish();
        from = i + 1;
      } else if (!/\s/.test(c)) {
        this.#begun = true;
        if (c === '"') this.#inString = true;
        // Nothing but blanks came since the last value: a value begins here.
        if (this.#parts.join('').trim() === '' && chunk.slice(from, i).trim() === '') this.#start = this.#line;
      }
    }
    take(chunk.length);
  }

  *end(): Generator<JsonText> {
    yield* this.#finish();
  }

  /** Takes a character inside an object or array; true when it closes the value. */
  #inside(c: string): boolean {
    if (c === ' ' || c === '\t' || c === '\r') return false;
    const wants = this.#expected;
    if (c === '"') {
      this.#inString = true;
      if (wants === 'value') this.#expected = 'next';
      else if (wants === 'key') this.#expected = 'colon';
      else this.#broken = true;
    } else if (c === ':') {
      if (wants !== 'colon') this.#broken = true;
      this.#expected = 'value';
    } else if (c === ',') {
      if (wants !== 'next') this.#broken = true;
      this.#expected = this.#open.at(-1) === '{' ? 'key' : 'value';
    } else if (c === '{' || c === '[') {
      if (wants !== 'value') this.#broken = true;
      this.#open.push(c);
      this.#expected = c === '{' ? 'key' : 'value';
    } else if (c === '}' || c === ']') {
      this.#open.pop();
      this.#expected = 'next';
      return this.#open.length === 0;
    } else if (wants === 'value') this.#expected = 'next';
    return false;
  }

  #flush(): string {
    const text = this.#parts.join('').trim();
    this.#parts = [];
    this.#size = 0;
    this.#open = [];
    this.#broken = false;
    this.#inString = false;
    this.#escaped = false;
    return text;
  }

  *#finish(): Generator<JsonText> {
    const suspect = this.#broken || this.#open.length > 0 || this.#inString;
    const whole = this.#open.length === 0;
    const text = this.#flush();
    if (text === '' || text === ',' || text === ']') return;
    const lines = text.split('\n');
    // A cut-off line has swallowed what came after it: those of its lines that are whole values are values.
    if (suspect && lines.length > 1 && lines.some(isValue)) {
      for (const [n, line] of lines.entries()) if (line.trim() !== '') yield { line: this.#start + n, text: withoutComma(line.trim()) };
    } else yield { line: this.#start, text: whole ? withoutComma(text) : text };
  }
}

const withoutComma = (text: string): string => text.replace(/,$/, '');
function isValue(line: string): boolean {
  const text = withoutComma(line.trim());
  if (!text.startsWith('{')) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
