import { createHmac, timingSafeEqual } from 'node:crypto';

export type Right = 'Manage' | 'Send' | 'Listen';
export interface HubRule {
  name: string;
  primaryKey: string;
  secondaryKey: string;
  rights: Right[];
}
export interface Grant {
  /** First segment of the path that the token names; empty for the whole namespace. */
  entity: string;
  rights: readonly Right[];
  expiresAt: number;
}

/** Checks a shared access signature. Returns what it grants, or why it grants nothing. */
export function readSignature(token: string, rules: readonly HubRule[]): Grant | string {
  const match = /^SharedAccessSignature (.+)$/.exec(token);
  const fields = new Map(
    (match?.[1] ?? '').split('&').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const),
  );
  const [resource, signature, expiry, ruleName] = ['sr', 'sig', 'se', 'skn'].map((k) => fields.get(k));
  if (!resource || !signature || !expiry || !ruleName) return 'MalformedToken: The SAS token lacks a part.';
  const rule = rules.find((r) => r.name === decodeURIComponent(ruleName));
  const given = Buffer.from(decodeURIComponent(signature), 'base64');
  // The text that is signed holds the resource still encoded; the key is its own text, not the bytes it encodes.
  const good =
    rule &&
    [rule.primaryKey, rule.secondaryKey].some((key) => {
      const wanted = createHmac('sha256', key).update(`${resource}\n${expiry}`).digest();
      return wanted.length === given.length && timingSafeEqual(wanted, given);
    });
  if (!good) return 'InvalidSignature: The token has an invalid signature.';
  const expiresAt = Number(expiry) * 1000;
  if (!(expiresAt > Date.now())) return 'ExpiredToken: The token is expired.';
  const path = decodeURIComponent(resource).replace(/^[a-z]+:\/\/[^/]+\/?/i, '');
  return { entity: path.split('/')[0]!.toLowerCase(), rights: rule.rights, expiresAt };
}
