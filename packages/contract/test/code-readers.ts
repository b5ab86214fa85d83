import { fileURLToPath } from 'node:url';
import { Language, Parser, type Node } from 'web-tree-sitter';

const grammars = {
  hcl: '@tree-sitter-grammars/tree-sitter-hcl/tree-sitter-terraform.wasm',
  bicep: 'tree-sitter-bicep/tree-sitter-bicep.wasm',
  powershell: 'tree-sitter-powershell/tree-sitter-powershell.wasm',
} as const;

let started: Promise<void> | undefined;

/** A parser by the published grammar of a language; it throws where the text does not fit the grammar. */
export async function parserOf(language: keyof typeof grammars): Promise<(text: string) => Node> {
  // Once: a second time would give the first parsers another memory.
  await (started ??= Parser.init());
  const parser = new Parser();
  parser.setLanguage(await Language.load(fileURLToPath(import.meta.resolve(grammars[language]))));
  return (text) => {
    const root = parser.parse(text)!.rootNode;
    if (root.hasError) throw new Error(`This is no ${language}:\n${text}`);
    return root;
  };
}

const children = (node: Node): Node[] => node.namedChildren.filter((c) => c !== null);
export const find = (node: Node, type: string): Node[] => [
  ...(node.type === type ? [node] : []),
  ...children(node).flatMap((c) => find(c, type)),
];
const only = (node: Node): Node => {
  const [child, ...more] = children(node);
  if (!child || more.length > 0) throw new Error(`Expected one part: ${node.text}`);
  return child;
};
const named: Record<string, string> = { n: '\n', r: '\r', t: '\t' };

/** The value of an HCL expression that is made of literals. */
export function hclValue(node: Node): unknown {
  switch (node.type) {
    case 'expression':
    case 'literal_value':
    case 'collection_value':
      return hclValue(only(node));
    // The grammar calls a string with a template in it something else. Its parts leave blanks out, so the text itself is read.
    case 'string_lit':
      return hclText(node.text.slice(1, -1));
    case 'numeric_lit':
    case 'bool_lit':
    case 'null_lit':
      return JSON.parse(node.text);
    case 'tuple':
      return children(node)
        .filter((c) => c.type === 'expression')
        .map(hclValue);
    case 'object':
      return Object.fromEntries(
        children(node)
          .filter((c) => c.type === 'object_elem')
          .map((e) => {
            const key = e.childForFieldName('key')!;
            return [key.text.startsWith('"') ? hclValue(key) : key.text, hclValue(e.childForFieldName('val')!)];
          }),
      );
    default:
      throw new Error(`No literal: ${node.type} ${node.text}`);
  }
}
const hclText = (text: string): string =>
  text.replaceAll(/\$\$\{|%%\{|\\u([0-9a-fA-F]{4})|\\(.)/gs, (all, hex?: string, escaped?: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    if (escaped === undefined) return all.slice(1);
    if (!'nrt"\\'.includes(escaped)) throw new Error(`No escape of HCL: ${all}`);
    return named[escaped] ?? escaped;
  });
/** The attributes of an HCL block, such as `resource "azapi_resource"`. */
export const hclBlock = (root: Node, head: string): Record<string, Node> => {
  const block = find(root, 'block').find((b) => b.text.startsWith(head));
  if (!block) throw new Error(`There is no ${head}`);
  const body = children(block).find((c) => c.type === 'body');
  return Object.fromEntries(
    (body ? children(body) : []).filter((c) => c.type === 'attribute').map((a) => [children(a)[0]!.text, children(a)[1]!]),
  );
};

/** The value of a Bicep expression that is made of literals. */
export function bicepValue(node: Node): unknown {
  switch (node.type) {
    case 'string':
      if (find(node, 'interpolation').length > 0) throw new Error(`An interpolation in ${node.text}`);
      return node.text.slice(1, -1).replaceAll(/\\(u\{[0-9a-fA-F]+\}|.)/gs, bicepEscape);
    case 'boolean':
    case 'number':
    case 'null':
      return JSON.parse(node.text);
    case 'array':
      return children(node).map(bicepValue);
    case 'object':
      return Object.fromEntries(
        children(node).map((p) => {
          const [key, value] = children(p) as [Node, Node];
          return [key.type === 'string' ? bicepValue(key) : key.text, bicepValue(value)];
        }),
      );
    default:
      throw new Error(`No literal: ${node.type} ${node.text}`);
  }
}
function bicepEscape(text: string): string {
  const hex = /^\\u\{([0-9a-fA-F]+)\}$/.exec(text)?.[1];
  if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
  if (!/^\\[nrt'\\$]$/.test(text)) throw new Error(`No escape of Bicep: ${text}`);
  return named[text[1]!] ?? text[1]!;
}

/** The literal strings of a PowerShell script, in their order, as it reads them. */
export const powershellStrings = (root: Node): string[] =>
  find(root, 'string_literal').flatMap((literal) => {
    const inner = only(literal);
    if (inner.type === 'verbatim_here_string_characters') return [inner.text.replace(/^@'\r?\n/, '').replace(/\r?\n'@$/, '')];
    if (inner.type !== 'verbatim_string_characters') return [];
    return [inner.text.slice(1, -1).replaceAll(/['\u2018\u2019\u201a\u201b]{2}/g, (two) => two[0]!)];
  });
