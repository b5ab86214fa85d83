import pg from 'pg';

/** How often (ms) a connection that only listens is asked whether it still stands, and how long it has for the answer. */
const ASK_EVERY_MS = 15_000;
const ANSWER_MS = 5_000;

/**
 * Calls `listener` whenever records were appended (by any process). A wake-up only: a lost connection comes back by
 * itself, and whoever listens must poll as well. Returns what stops it.
 */
export function listenForAppends(url: string, listener: (tenantId: string) => void): () => Promise<void> {
  let client: pg.Client | null = null;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const close = (client: pg.Client): Promise<void> =>
    // The other end of a half-open connection never says good-bye.
    Promise.race([client.end().catch(() => {}), new Promise<void>((done) => void setTimeout(done, 1_000).unref())]);
  const connect = async (): Promise<void> => {
    if (stopped) return;
    const mine = new pg.Client({
      connectionString: url,
      application_name: 'weir-listen',
      keepAlive: true,
      connectionTimeoutMillis: 10_000,
      query_timeout: ANSWER_MS,
    });
    client = mine;
    // One that a firewall forgot stays silent for ever; after a question without an answer the driver destroys it at its end.
    const asking = setInterval(() => void mine.query('select 1').catch(() => close(mine)), ASK_EVERY_MS);
    asking.unref();
    let over = false;
    const again = () => {
      if (over) return;
      over = true;
      clearInterval(asking);
      client = null;
      if (!stopped) timer = setTimeout(() => void connect(), 2_000);
    };
    mine.once('end', again);
    mine.on('error', () => {});
    mine.on('notification', (message) => listener(message.payload ?? ''));
    try {
      await mine.connect();
      await mine.query('listen weir_append');
    } catch {
      await close(mine);
      again();
    }
  };
  void connect();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    if (client) await close(client);
  };
}
