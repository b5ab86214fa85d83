import { inspect } from 'node:util';
import type { Fault } from './types.ts';

/**
 * A secret on its way to the one place that needs it. It shows itself in no log, no JSON and no error: only `reveal` tells it.
 */
export class Secret {
  readonly #text: string;
  /** No longer used from then on; null: until it is replaced. */
  readonly until: Date | null;
  constructor(text: string, until: Date | null = null) {
    this.#text = text;
    this.until = until;
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return '[secret]';
  }
  toJSON(): string {
    return '[secret]';
  }
  [inspect.custom](): string {
    return '[secret]';
  }
}
/** The secrets of a destination by field; `previous` are those that were replaced and are still valid for a while. */
export interface Secrets {
  readonly current: Readonly<Record<string, Secret>>;
  readonly previous: Readonly<Record<string, Secret>>;
}
export const noSecrets: Secrets = { current: {}, previous: {} };

/** A stored secret cannot be read: the key that sealed it is not configured, or the row was tampered with. A person must act. */
export class SecretUnreadable extends Error {
  override readonly name = 'SecretUnreadable';
  readonly fault: Fault;
  constructor(field: string, keyId: string) {
    super(`The secret ${field} was sealed with the key ${keyId}, which does not open it here.`);
    this.fault = {
      code: 'SecretUnreadable',
      message: this.message,
      remedy:
        'Configure that key again (WEIR_SECRET_KEY, or WEIR_SECRET_KEY_OLDER after a change of keys), or edit the setting and enter the secret anew.',
    };
  }
}
