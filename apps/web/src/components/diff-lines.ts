import { printJson, type Json, type JsonDiffNode, type Piece } from '@weir/contract';

/** A line of two JSON values laid over each other. `unchanged`: so many lines in common are left out here. */
export type DiffLine =
  | { readonly sign: ' ' | '+' | '-'; readonly depth: number; readonly text: string; readonly pieces: readonly Piece[] | null }
  | { readonly sign: 'unchanged'; readonly depth: number; readonly count: number };

const label = (key: string | null): string => (key === null ? '' : `${JSON.stringify(key)}: `);

/** Two JSON values as lines, changes with the objects and lists that they stand in; what is the same is counted only. */
export function jsonLines(node: JsonDiffNode, key: string | null = null, depth = 0): DiffLine[] {
  switch (node.is) {
    case 'same':
      return [{ sign: 'unchanged', depth, count: 1 }];
    case 'added':
      return whole('+', node.value, key, depth);
    case 'removed':
      return whole('-', node.value, key, depth);
    case 'changed': {
      const { text } = node;
      if (!text) return [...whole('-', node.old, key, depth), ...whole('+', node.new, key, depth)];
      const side = (sign: '-' | '+', without: Piece['is'], json: Json): DiffLine => ({
        sign,
        depth,
        text: label(key) + printJson(json),
        pieces: [{ is: 'same', text: `${label(key)}"` }, ...text.pieces.filter((p) => p.is !== without), { is: 'same', text: '"' }],
      });
      return [side('-', 'added', node.old), side('+', 'removed', node.new)];
    }
    case 'object':
      return around(
        '{',
        node.entries.flatMap((e) => jsonLines(e.node, e.key, depth + 1)),
        '}',
        key,
        depth,
      );
    case 'array':
      return around(
        '[',
        node.items.flatMap((n) => jsonLines(n, null, depth + 1)),
        ']',
        key,
        depth,
      );
    case 'embedded':
      return around('JSON in a text', jsonLines(node.node, null, depth + 1), '', key, depth);
  }
}

function whole(sign: '+' | '-', json: Json, key: string | null, depth: number): DiffLine[] {
  return (label(key) + printJson(json, 2)).split('\n').map((line) => {
    const text = line.trimStart();
    return { sign, depth: depth + (line.length - text.length) / 2, text, pieces: null };
  });
}
function around(open: string, inner: readonly DiffLine[], close: string, key: string | null, depth: number): DiffLine[] {
  const plain = (text: string): DiffLine => ({ sign: ' ', depth, text, pieces: null });
  const lines: DiffLine[] = [plain(label(key) + open)];
  for (const line of inner) {
    const last = lines.at(-1);
    if (line.sign === 'unchanged' && last?.sign === 'unchanged' && last.depth === line.depth)
      lines[lines.length - 1] = { ...last, count: last.count + line.count };
    else lines.push(line);
  }
  if (close !== '') lines.push(plain(close));
  return lines;
}
