export const services = ['blob', 'eventHub', 'logs', 'arm', 'graph', 'splunk', 'elastic', 'webhook', 'mail'] as const;
export type Service = (typeof services)[number];
/**
 * How a service misbehaves: throttle (429 or 503 with Retry-After), refuse (403), hang (no answer), drop (the write is done
 * and the answer lost), down (no connection), partial (Splunk takes a batch and never acknowledges it, Elastic is too busy for every
 * other document). A mail server's `throttle` is 451, its `refuse` 550.
 */
export interface Misbehaviour {
  kind: 'throttle' | 'refuse' | 'hang' | 'drop' | 'down' | 'partial';
  /** Seconds, for throttle. */
  retryAfter?: number;
  /** So many requests; without it until it is taken back. */
  count?: number;
  /** Only requests to this path (of blobs: to this account, such as /contosologs); where a service has none, it is all of them. */
  place?: string;
}

/** What the sandbox was told to get wrong, by service. */
export interface Faults {
  set(service: Service, fault: Misbehaviour): void;
  clear(service?: Service): void;
  /** The fault of the next request, to this path, counted down; undefined when all is well. */
  take(service: Service, place?: string): Misbehaviour | undefined;
  /** As `take`, without counting. */
  peek(service: Service): Misbehaviour | undefined;
  all(): Partial<Record<Service, Misbehaviour>>;
}

export function createFaults(): Faults {
  const faults = new Map<Service, Misbehaviour>();
  return {
    set: (service, fault) => void faults.set(service, { ...fault }),
    clear: (service) => (service ? void faults.delete(service) : faults.clear()),
    take(service, place) {
      const fault = faults.get(service);
      if (!fault || (place !== undefined && fault.place !== undefined && fault.place !== place)) return undefined;
      if (fault.count !== undefined) {
        fault.count -= 1;
        if (fault.count <= 0) faults.delete(service);
      }
      return fault;
    },
    peek: (service) => faults.get(service),
    all: () => Object.fromEntries(faults),
  };
}
