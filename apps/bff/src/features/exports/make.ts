import { parseQuery, type ExportRequest } from '@weir/contract';
import type { DirectoryStore, ExportPiece, Position, Selection, StoredExport } from '../../ports.ts';
import { fileShape } from './formats.ts';
import { makePack } from './pack.ts';

/** Times in UTC, and the query as text; or ids. */
export type Asked = { readonly from: string; readonly to: string; readonly q: string } | { readonly ids: readonly string[] };
/** What makes a file: who asked, for the pack's own manifest; and where to go on. */
export interface Order {
  readonly store: DirectoryStore;
  readonly request: ExportRequest;
  readonly selection: Selection;
  /** The selection in words: as the record of the export has it. */
  readonly asked: Asked;
  /** Who asked, and when. */
  readonly by: { readonly name: string; readonly upn: string; readonly oid: string };
  readonly at: string;
}

/**
 * The file, in order, in pieces that are as large as they come. With `from` it goes on behind records that are written already:
 * byte for byte as if it had never stopped.
 */
export async function* make(
  order: Order,
  signal: AbortSignal,
  from: { after: Position; rows: number } | null,
): AsyncGenerator<ExportPiece> {
  const { store, request, selection } = order;
  const { format } = request;
  if (format === 'pack') return yield* makePack(order, signal);
  const shape = fileShape({ ...request, format });
  let rows = from?.rows ?? 0;
  if (!from) yield { data: Buffer.from(shape.head), rows: 0, position: null };
  for await (const page of store.audit.take(
    selection,
    { after: from?.after ?? null, fields: shape.fields, bodies: shape.bodies },
    signal,
  )) {
    signal.throwIfAborted();
    const data = Buffer.from(shape.page(page, rows === 0));
    rows += page.rows.length;
    yield { data, rows: page.rows.length, position: page.last };
  }
  signal.throwIfAborted();
  if (shape.tail) yield { data: Buffer.from(shape.tail), rows: 0, position: null };
}

/** The selection of a job, read back. */
export function selectionOf(job: Pick<StoredExport, 'selection' | 'untilSeq'>): Selection {
  const { from, to, q } = job.selection;
  const parsed = parseQuery(q);
  if (!parsed.ok) throw new Error(`The query of the job cannot be read: ${parsed.error.message}`);
  return { from, to, query: parsed.query, untilSeq: job.untilSeq };
}
