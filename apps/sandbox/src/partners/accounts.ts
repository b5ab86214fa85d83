import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface HecToken {
  name: string;
  token: string;
  disabled: boolean;
  /** Whether its batches are acknowledged by the indexers. */
  acknowledgement: boolean;
  /** Indexes that it may write to; the first is its own. */
  indexes: string[];
}
export interface ApiKey {
  name: string;
  /** base64 of `id:key`. */
  encoded: string;
  /** Patterns of indexes that it may create documents in. */
  indexes: string[];
  /** Whether it may create an index by writing to it. */
  autoConfigure: boolean;
}
export interface PartnerAccounts {
  tokens: HecToken[];
  apiKeys: ApiKey[];
  /** What every webhook receiver of the sandbox checks signatures with. */
  webhookSecret: string;
  /** Who may send mail. */
  mail: { user: string; password: string };
}

/** The partners' keys, made at the first start and kept. */
export function loadAccounts(dir: string): PartnerAccounts {
  const file = join(dir, 'partners.json');
  const mail = () => ({ user: 'weir', password: randomBytes(18).toString('base64url') });
  try {
    const kept = JSON.parse(readFileSync(file, 'utf8')) as PartnerAccounts;
    // One that was made before there was mail.
    if (kept.mail) return kept;
    const more = { ...kept, mail: mail() };
    writeFileSync(file, JSON.stringify(more), { mode: 0o600 });
    return more;
  } catch {
    // The first start.
  }
  const apiKey = () => Buffer.from(`${randomBytes(15).toString('base64url')}:${randomBytes(18).toString('base64url')}`).toString('base64');
  const accounts: PartnerAccounts = {
    tokens: [
      { name: 'weir', token: randomUUID(), disabled: false, acknowledgement: true, indexes: ['main', 'intune', 'suite*'] },
      { name: 'weir-without-ack', token: randomUUID(), disabled: false, acknowledgement: false, indexes: ['main', 'intune', 'suite*'] },
      { name: 'old', token: randomUUID(), disabled: true, acknowledgement: false, indexes: ['main'] },
    ],
    apiKeys: [
      { name: 'weir', encoded: apiKey(), indexes: ['logs-*', 'suite*', 'audit'], autoConfigure: true },
      { name: 'reader', encoded: apiKey(), indexes: [], autoConfigure: false },
    ],
    mail: mail(),
    webhookSecret: `whsec_${randomBytes(32).toString('base64')}`,
  };
  mkdirSync(dir, { recursive: true });
  writeFileSync(file, JSON.stringify(accounts), { mode: 0o600 });
  return accounts;
}
/** Whether a name fits one of some patterns, where * stands for anything. */
export const fits = (patterns: readonly string[], name: string): boolean =>
  patterns.some((p) => (p.endsWith('*') ? name.startsWith(p.slice(0, -1)) : p === name));
