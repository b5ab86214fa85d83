import pg from 'pg';

/**
 * Calls `listener` whenever records were appended (by any process). A wake-up only: a lost connection comes back by
 * itself, and whoever listens must poll as well. Returns what stops it.
 */
export function listenForAppends(url: string, listener: (tenantId: string) => void): () => Promise<void> {
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const connect = async (): Promise<void> => {
    if (stopped) return;
    client = new pg.Client({ connectionString: url, application_name: 'weir-listen', keepAlive: true });
    const again = () => {
      client = null;
      if (!stopped) timer = setTimeout(() => void connect(), 2_000);
    };
    client.once('end', again);
    client.on('error', () => {});
    client.on('notification', (message) => listener(message.payload ?? ''));
    try {
      await client.connect();
      await client.query('listen weir_append');
    } catch {
      await client.end().catch(() => {});
    }
  };
  void connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await client?.end().catch(() => {});
  };
}
