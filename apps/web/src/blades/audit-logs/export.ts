import { endpoints } from '@weir/contract';
import { useCallback, useRef, useState } from 'react';
import { useAnnounce } from '../../components/announce.tsx';
import { api } from '../../lib/api.ts';
import { formatBytes } from '../../lib/format.ts';
import { Unreachable, problemText } from '../../lib/problem.ts';
import type { Filter } from './api.ts';

export type ExportFormat = 'csv' | 'json';
export type ExportState =
  | { is: 'idle' }
  | { is: 'running'; format: ExportFormat; bytes: number }
  | { is: 'done'; name: string; bytes: number }
  | { is: 'cancelled' }
  | { is: 'failed'; error: unknown };

/** Streams the export into a file of the browser's downloads. A bearer token cannot ride on a link, hence the blob. */
export function useExport() {
  const announce = useAnnounce();
  const [state, setState] = useState<ExportState>({ is: 'idle' });
  const running = useRef<AbortController | null>(null);

  const start = useCallback(
    async (format: ExportFormat, filter: Filter) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      setState({ is: 'running', format, bytes: 0 });
      announce('Export started');
      try {
        const response = await api.raw(endpoints.auditLogs.exportAuditLogs, { body: { format, filter } }, { signal: abort.signal });
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
    [announce],
  );
  const cancel = useCallback(() => running.current?.abort(), []);
  const dismiss = useCallback(() => setState({ is: 'idle' }), []);
  return { state, start, cancel, dismiss };
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
