/** One request as it left, and what came back. */
export interface Exchange {
  /** Of HTTP; `AMQP` for a message to an event hub. */
  readonly method: string;
  /** Without a query that might hold a key: a `?…` stands for it. */
  readonly address: string;
  /** Headers or message properties that say something about the content; never one that holds a secret or a signature. */
  readonly headers: Readonly<Record<string, string>>;
  readonly contentType: string;
  readonly encoding: 'gzip' | null;
  /** As it travelled. */
  readonly body: Buffer;
  /** Null: none came, or none could be read. */
  answer: { readonly status: string; readonly text: string } | null;
}
/** Told of each request that carries records; returns what is told of the answer. */
export type Watch = (sent: Omit<Exchange, 'answer'>) => (answer: NonNullable<Exchange['answer']>) => void;

/** A watch that keeps everything. */
export function keepExchanges(): { watch: Watch; exchanges: Exchange[] } {
  const exchanges: Exchange[] = [];
  return {
    exchanges,
    watch(sent) {
      const exchange: Exchange = { ...sent, answer: null };
      exchanges.push(exchange);
      return (answer) => (exchange.answer = answer);
    },
  };
}
/** For places that show an address: some receivers put a key into the query. */
export function withoutQuery(address: string): string {
  const at = address.indexOf('?');
  return at < 0 ? address : `${address.slice(0, at)}?…`;
}

const shown = ['webhook-id', 'webhook-timestamp'];
/** What may be shown of a request's headers. */
export const shownHeaders = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(shown.flatMap((name) => (headers[name] === undefined ? [] : [[name, headers[name]]])));
