import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { SecretUnreadable } from '@weir/engine';

/** What a secret belongs to. Sealed for one place it opens at no other: not in another tenant, nor for another address. */
export interface SecretPlace {
  tenantId: string;
  settingId: string;
  type: string;
  field: string;
  /** The address that may be shown it. */
  audience: string;
}
/** No key is configured, so nothing can be kept secret. */
export class NoSecretKey extends Error {
  override readonly name = 'NoSecretKey';
  constructor() {
    super('No key is configured to encrypt secrets with. Set WEIR_SECRET_KEY for the web server and the worker.');
  }
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals and opens secrets: AES-256-GCM with a random nonce, bound to its place as associated data. Sealed text names its key:
 * `v1.<key id>.<base64url of nonce, tag and text>`. The first key seals, all of them open.
 */
export class Vault {
  readonly #keys: Map<string, Buffer>;
  readonly #current: string | undefined;
  /** `keys` in base64, 32 bytes each, the current one first. Throws a sentence that holds no key. */
  constructor(keys: readonly string[]) {
    const parsed = keys.map((text) => {
      const key = Buffer.from(text, 'base64');
      if (key.length !== KEY_BYTES) throw new Error(`A secret key must have ${KEY_BYTES} bytes in base64; one of ${key.length} was found.`);
      return [createHash('sha256').update(key).digest('hex').slice(0, 8), key] as const;
    });
    this.#keys = new Map(parsed);
    this.#current = parsed[0]?.[0];
  }

  get hasKey(): boolean {
    return this.#current !== undefined;
  }

  /** Throws `NoSecretKey`. */
  seal(text: string, place: SecretPlace): string {
    if (this.#current === undefined) throw new NoSecretKey();
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#keys.get(this.#current)!, nonce).setAAD(bound(place));
    const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
    return `v1.${this.#current}.${Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64url')}`;
  }

  /** Throws `SecretUnreadable` when its key is not here, or it was changed or moved from its place. */
  open(sealed: string, place: SecretPlace): string {
    const [, keyId = '?', packed = ''] = sealed.split('.');
    const key = this.#keys.get(keyId);
    if (!key) throw new SecretUnreadable(place.field, keyId);
    const bytes = Buffer.from(packed, 'base64url');
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES))
        .setAAD(bound(place))
        .setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      return Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]).toString();
    } catch {
      throw new SecretUnreadable(place.field, keyId);
    }
  }

  /** As `open`; null when no key that is here opens it. */
  openOrNull(sealed: string, place: SecretPlace): string | null {
    try {
      return this.open(sealed, place);
    } catch (error) {
      if (error instanceof SecretUnreadable) return null;
      throw error;
    }
  }

  /** Whether it was sealed with a key that is no longer the current one. */
  isOld(sealed: string): boolean {
    return this.#current !== undefined && sealed.split('.')[1] !== this.#current;
  }
}

const bound = (p: SecretPlace): Buffer =>
  Buffer.from(JSON.stringify(['weir.secret', p.tenantId, p.settingId, p.type, p.field, p.audience]));
