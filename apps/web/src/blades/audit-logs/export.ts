import { endpoints, type ExportFormat, type ExportRequest } from '@weir/contract';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useRef, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { formatBytes } from '../../lib/format.ts';
import { Unreachable, problemText } from '../../lib/problem.ts';

export type ExportState =
  | { is: 'idle' }
  | { is: 'running'; format: ExportFormat; bytes: number }
  | { is: 'done'; name: string; bytes: number }
  /** It is made on the server. */
  | { is: 'job'; name: string }
  | { is: 'cancelled' }
  | { is: 'failed'; error: unknown };

/** What is taken: what a search finds, in the way that the server advised; or an evidence pack of chosen records. */
export type ExportOrder = { request: ExportRequest; how: 'stream' | 'job' } | { ids: readonly string[] };

/**
 * Exports: a small set is streamed into a file of the browser's downloads (a bearer token cannot ride on a link, hence the
 * blob), a large one is given to the server.
 */
export function useExport() {
  const announce = useAnnounce();
  const [state, setState] = useState<ExportState>({ is: 'idle' });
  const running = useRef<AbortController | null>(null);

  const last = useRef<ExportOrder | null>(null);
  const queryClient = useQueryClient();

  const start = useCallback(
    async (order: ExportOrder) => {
      const format = 'ids' in order ? 'pack' : order.request.format;
      last.current = order;
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      setState({ is: 'running', format, bytes: 0 });
      announce('Export started');
      try {
        if ('how' in order && order.how === 'job') {
          const job = await api.call(endpoints.exports.createExport, { body: order.request }, { signal: abort.signal });
          void queryClient.invalidateQueries({ queryKey: ['audit-exports', 'jobs'] });
          setState({ is: 'job', name: job.fileName });
          announce('The export runs on the server. My exports shows how it fares.');
          return;
        }
        const [endpoint, body] =
          'ids' in order ? [endpoints.exports.streamEvidence, order] : [endpoints.exports.streamExport, order.request];
        const response = await api.raw(endpoint, { body }, { signal: abort.signal });
        const name =
          fileName(response.headers.get('content-disposition')) ??
          `intune-audit-logs-${new Date().toISOString().slice(0, 19).replaceAll(/[:T]/g, '-')}.${format}`;
        const blob = await collect(response, (bytes) => setState({ is: 'running', format, bytes }));
        save(blob, name);
        setState({ is: 'done', name, bytes: blob.size });
        announce(`Export finished: ${name}, ${formatBytes(blob.size)}`);
      } catch (error) {
        if (running.current !== abort) return;
        if (abort.signal.aborted) {
          setState({ is: 'cancelled' });
          announce('Export cancelled');
        } else {
          setState({ is: 'failed', error });
          announce(`The export failed. ${problemText(error)}`);
        }
      }
    },
    [announce, queryClient],
  );
  const retry = useCallback(() => {
    if (last.current) void start(last.current);
  }, [start]);
  const cancel = useCallback(() => running.current?.abort(), []);
  const dismiss = useCallback(() => setState({ is: 'idle' }), []);
  return { state, start, retry, cancel, dismiss };
}

async function collect(response: Response, onProgress: (bytes: number) => void): Promise<Blob> {
  const reader = response.body?.getReader();
  if (!reader) return response.blob();
  const parts: BlobPart[] = [];
  let bytes = 0;
  let told = 0;
  for (;;) {
    // A stream that ends in the middle rejects here: half a file is never handed over as a whole one.
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw error instanceof TypeError ? new Unreachable(error) : error;
    });
    if (done) return new Blob(parts, { type: response.headers.get('content-type') ?? '' });
    parts.push(value);
    bytes += value.byteLength;
    if (performance.now() - told > 200) {
      told = performance.now();
      onProgress(bytes);
    }
  }
}

const fileName = (header: string | null): string | undefined => /filename="([^"]+)"/.exec(header ?? '')?.[1];

function save(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
