export { MAX_GRAPH_CONDITIONS, MAX_GRAPH_FILTER, toGraphOptions, toGraphRequest } from './graph.ts';
export { toKql } from './kql.ts';
