import type { Adapter, AdapterPayload } from 'oidc-provider';

interface Stored {
  payload: AdapterPayload;
  expiresAt: number;
}

/** Keeps sessions, codes and tokens in memory: a restart of the sandbox costs each person one click. */
export function memoryAdapter(): new (model: string) => Adapter {
  const all = new Map<string, Stored>();
  const sweep = setInterval(() => {
    for (const [key, stored] of all) if (stored.expiresAt < Date.now()) all.delete(key);
  }, 60_000);
  sweep.unref();
  const alive = (stored: Stored | undefined) => (stored && stored.expiresAt > Date.now() ? stored.payload : undefined);
  return class implements Adapter {
    readonly #model: string;
    constructor(model: string) {
      this.#model = model;
    }
    async upsert(id: string, payload: AdapterPayload, expiresIn: number): Promise<void> {
      all.set(`${this.#model}:${id}`, { payload, expiresAt: Date.now() + (expiresIn || 14 * 86_400) * 1000 });
    }
    async find(id: string): Promise<AdapterPayload | undefined> {
      return alive(all.get(`${this.#model}:${id}`));
    }
    async findByUid(uid: string): Promise<AdapterPayload | undefined> {
      for (const [key, stored] of all) if (key.startsWith(`${this.#model}:`) && stored.payload.uid === uid) return alive(stored);
      return undefined;
    }
    async findByUserCode(): Promise<undefined> {
      return undefined;
    }
    async consume(id: string): Promise<void> {
      const stored = all.get(`${this.#model}:${id}`);
      if (stored) stored.payload.consumed = Math.floor(Date.now() / 1000);
    }
    async destroy(id: string): Promise<void> {
      all.delete(`${this.#model}:${id}`);
    }
    async revokeByGrantId(grantId: string): Promise<void> {
      // Only what the grant issued: interactions carry the id too, and losing them breaks "use another account".
      for (const [key, stored] of all)
        if (stored.payload.grantId === grantId && /^(AccessToken|AuthorizationCode|RefreshToken):/.test(key)) all.delete(key);
    }
  };
}
