export * from './ast.ts';
export * from './edit.ts';
export { MAX_QUERY_LENGTH, parseQuery, type Parsed } from './parse.ts';
export { printQuery } from './print.ts';
export { foldText, guidsOf, matches, type Searchable } from './matches.ts';
