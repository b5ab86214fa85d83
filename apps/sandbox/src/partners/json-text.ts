/** JSON read as text: where each value begins and ends, so that what arrived can be kept byte for byte. */
export class JsonTextError extends Error {
  override readonly name = 'JsonTextError';
}

/** Where the value that begins at `at` ends. Values are told apart here and checked by `JSON.parse`. */
function endOf(text: string, at: number): number {
  const first = text[at];
  if (first !== '{' && first !== '[' && first !== '"') return at + (/^[^,\]}\s]+/.exec(text.slice(at, at + 64))?.[0].length ?? 0);
  let depth = 0;
  for (let i = at; i < text.length; i += 1) {
    const c = text[i];
    if (c === '"') {
      for (i += 1; text[i] !== '"'; i += 1) {
        if (i >= text.length) throw new JsonTextError('a text has no end');
        if (text[i] === '\\') i += 1;
      }
    } else if (c === '{' || c === '[') depth += 1;
    else if (c === '}' || c === ']') depth -= 1;
    if (depth === 0) return i + 1;
  }
  throw new JsonTextError('a value has no end');
}
const blank = /\s/;
const skip = (text: string, at: number): number => {
  let i = at;
  while (i < text.length && blank.test(text[i]!)) i += 1;
  return i;
};

/** JSON values that stand one after the other, each as its text. Throws `JsonTextError` where no value begins or ends. */
export function* valuesIn(text: string): Generator<string> {
  for (let i = skip(text, 0); i < text.length;) {
    const end = endOf(text, i);
    if (end === i) throw new JsonTextError('no value begins here');
    yield text.slice(i, end);
    i = skip(text, end);
  }
}
/** The elements of an array's text. */
export function elementsOf(array: string): string[] {
  const found: string[] = [];
  for (let i = skip(array, 1); i < array.length - 1;) {
    const end = endOf(array, i);
    if (end === i) throw new JsonTextError('no element begins here');
    found.push(array.slice(i, end));
    i = skip(array, skip(array, end) + 1);
  }
  return found;
}
/** The members of an object's text by name, each as its text. */
export function membersOf(object: string): Map<string, string> {
  const found = new Map<string, string>();
  for (let i = skip(object, 1); i < object.length - 1;) {
    const nameEnd = endOf(object, i);
    const name = JSON.parse(object.slice(i, nameEnd)) as string;
    i = skip(object, skip(object, nameEnd) + 1);
    const end = endOf(object, i);
    if (end === i) throw new JsonTextError('no member begins here');
    found.set(name, object.slice(i, end));
    i = skip(object, skip(object, end) + 1);
  }
  return found;
}
