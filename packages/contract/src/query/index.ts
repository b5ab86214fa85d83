export * from './ast.ts';
export * from './edit.ts';
export { MAX_QUERY_LENGTH, parseCondition, parseQuery, type Parsed } from './parse.ts';
export { printQuery } from './print.ts';
export { asksForText, foldText, guidsOf, matcher, matches, type Matcher, type Searchable } from './matches.ts';
