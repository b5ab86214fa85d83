/** Characters that one value may have before it is given up: far above any record, far below what would fill the memory. */
const MAX_VALUE = 64 << 20;

/**
 * Cuts a text stream into JSON values with the line that each begins on. Values may follow each other line by line, over
 * several lines, or stand in one array. A line that cannot begin a value is passed on as it is, for the parser to refuse.
 */
export async function* jsonValues(stream: AsyncIterable<string>): AsyncGenerator<{ line: number; text: string }> {
  let line = 1;
  let start = 1;
  let depth = 0;
  let inString = false;
  let escaped = false;
  let inArray = false;
  let begun = false;
  let parts: string[] = [];
  let size = 0;
  const flush = () => {
    const text = parts.join('').trim();
    parts = [];
    size = 0;
    return text;
  };
  for await (const chunk of stream) {
    let from = 0;
    const take = (to: number) => {
      parts.push(chunk.slice(from, to));
      size += to - from;
      from = to;
      if (size > MAX_VALUE) throw new Error(`The value that begins on line ${start} has more than ${MAX_VALUE} characters.`);
    };
    for (let i = 0; i < chunk.length; i += 1) {
      const c = chunk[i]!;
      if (c === '\n') {
        line += 1;
        // A line that ends inside a string is broken: JSON has no raw line end there. What follows begins anew.
        if (depth === 0 || inString) {
          take(i + 1);
          const text = flush();
          if (text !== '' && text !== ',' && text !== ']') yield { line: start, text: depth === 0 ? text.replace(/,$/, '') : text };
          depth = 0;
          inString = false;
          escaped = false;
        }
        continue;
      }
      if (inString) {
        if (escaped) escaped = false;
        else if (c === '\\') escaped = true;
        else if (c === '"') inString = false;
        continue;
      }
      if (c === '"') inString = true;
      else if (!begun && c === '[') {
        begun = true;
        inArray = true;
        from = i + 1;
      } else if (c === '{' || c === '[') {
        begun = true;
        if (depth === 0) {
          take(i);
          flush();
          start = line;
        }
        depth += 1;
      } else if ((c === '}' || c === ']') && depth > 0) {
        depth -= 1;
        if (depth === 0) {
          take(i + 1);
          yield { line: start, text: flush() };
        }
      } else if (depth === 0 && inArray && (c === ',' || c === ']')) {
        take(i);
        const text = flush();
        if (text !== '') yield { line: start, text };
        from = i + 1;
      } else if (depth === 0 && !/\s/.test(c)) {
        begun = true;
        if (flushable(parts, chunk, from, i)) start = line;
      }
    }
    take(chunk.length);
  }
  const rest = flush();
  if (rest !== '') yield { line: start, text: rest };
}

/** Whether nothing but blanks came since the last value: then a value begins here. */
const flushable = (parts: readonly string[], chunk: string, from: number, at: number): boolean =>
  parts.join('').trim() === '' && chunk.slice(from, at).trim() === '';
