import type { Router } from 'express';
import type { Faults } from '../faults/index.ts';
import { loadAccounts, type ApiKey, type HecToken } from './accounts.ts';
import { createElastic } from './elastic.ts';
import { startMail, type MailServer } from './mail.ts';
import { openReceived, type Received } from './received.ts';
import { createSplunk } from './splunk.ts';
import { createWebhooks } from './webhook.ts';

export type { PartnerName, Received } from './received.ts';

/** Where the partner solutions of the sandbox are, with their keys. */
export interface DescribedPartners {
  splunk: { url: string; tokens: HecToken[] };
  elastic: { url: string; apiKeys: ApiKey[] };
  webhook: { url: string; secret: string };
  /** Takes mail by SMTP with STARTTLS. */
  mail: { host: string; port: number; user: string; password: string };
}
export interface Partners {
  splunk: Router;
  elastic: Router;
  webhook: Router;
  received: Received;
  describe(urls: { splunk: string; elastic: string; webhook: string; mailPort: number }): DescribedPartners;
  /** Listens for mail. */
  startMail(port: number, tls: { key: string; cert: string }, secure?: boolean): Promise<MailServer>;
  close(): void;
}

/** Partner solutions that behave like the real ones; what arrives is kept in `dir`. */
export function createPartners(options: { dir: string; faults: Faults }): Partners {
  const accounts = loadAccounts(options.dir);
  const received = openReceived(options.dir);
  const shared = { received, faults: options.faults };
  return {
    splunk: createSplunk({ ...shared, tokens: accounts.tokens }),
    elastic: createElastic({ ...shared, apiKeys: accounts.apiKeys }),
    webhook: createWebhooks({ ...shared, secret: accounts.webhookSecret }),
    received,
    startMail: (port, tls, secure = false) => startMail({ ...shared, ...accounts.mail, port, tls, secure }),
    describe: (urls) => ({
      splunk: { url: urls.splunk, tokens: accounts.tokens },
      elastic: { url: urls.elastic, apiKeys: accounts.apiKeys },
      webhook: { url: `${urls.webhook}/hooks/contoso`, secret: accounts.webhookSecret },
      mail: { host: 'localhost', port: urls.mailPort, ...accounts.mail },
    }),
    close: () => received.close(),
  };
}
