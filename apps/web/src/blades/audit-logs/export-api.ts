import { endpoints, type ExportFormat, type ExportJob, type ExportRequest } from '@weir/contract';
import { queryOptions } from '@tanstack/react-query';
import { api } from '../../lib/api.ts';

const { exports } = endpoints;
export const formatNames: Record<ExportFormat, string> = {
  csv: 'CSV',
  json: 'JSON',
  ndjson: 'NDJSON',
  pack: 'Evidence pack (ZIP)',
};
export const isOpen = (job: ExportJob): boolean => job.state === 'queued' || job.state === 'running';

/** How many records a file would hold, and how it would be made. */
export const planQuery = (request: ExportRequest) =>
  queryOptions({
    queryKey: ['audit-exports', 'plan', request],
    queryFn: ({ signal }) => api.call(exports.planExport, { body: request }, { signal }),
    staleTime: 60_000,
  });

/** One's own jobs. Looked at often only while one of them goes on. */
export const jobsQuery = () =>
  queryOptions({
    queryKey: ['audit-exports', 'jobs'],
    queryFn: ({ signal }) => api.call(exports.listExports, {}, { signal }),
    refetchInterval: (query) => (query.state.data?.items.some(isOpen) ? 1_000 : false),
  });

/**
 * Hands the file over to the browser's own download: it streams to the disk, and can go on when it breaks off. A bearer token
 * cannot ride on a link, so the address carries a ticket that is good for this one download.
 */
export async function download(id: string): Promise<void> {
  const { url } = await api.call(exports.createTicket, { params: { id } });
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

/** What a file holds, in a few words. */
export function describe({ format, columns }: ExportRequest): string {
  if (format === 'pack') return formatNames.pack;
  const what =
    columns === 'everything'
      ? 'every column'
      : columns === 'records' || (columns === undefined && format !== 'csv')
        ? 'records as routed'
        : columns === undefined
          ? 'default columns'
          : `${columns.length} ${columns.length === 1 ? 'column' : 'columns'}`;
  return `${formatNames[format]}, ${what}`;
}
