import { ALL, parseQuery, printQuery, type Query } from '@weir/contract';
import type { AuditLogsSearch } from './search.ts';

/** The query of the address; `ALL` while it cannot be read, with why. */
export function queryOf(search: Pick<AuditLogsSearch, 'q'>): { query: Query; error: { position: number; message: string } | null } {
  const parsed = parseQuery(search.q ?? '');
  return parsed.ok ? { query: parsed.query, error: null } : { query: ALL, error: parsed.error };
}
/** A query as the address takes it. */
export const toText = (query: Query): string | undefined => printQuery(query) || undefined;
