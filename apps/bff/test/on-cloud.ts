import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { prepareDestinations } from '@weir/destinations';
import { startCloud, tokenFor, type Cloud, type Running } from '@weir/sandbox';
import { testDatabase } from '@weir/testkit';
import { CONTOSO, startServer, type TestServer } from './server.ts';

const ARM_SCOPE = 'https://management.azure.com/.default';
export interface ServerOnCloud {
  cloud: Cloud;
  server: TestServer;
  running: Running;
  /** Calls as a person of Contoso who signed in at the cloud. */
  as(who: string, path: string, init?: RequestInit): ReturnType<TestServer['call']>;
  close(): Promise<void>;
}

/** The web server beside a cloud that checks tokens and rights as Azure does; a save makes its destinations ready there. */
export async function startOnCloud(): Promise<ServerOnCloud> {
  const dir = mkdtempSync(join(tmpdir(), 'weir-on-cloud-'));
  // As root, PostgreSQL runs as another user, who must be able to pass through.
  chmodSync(dir, 0o711);
  const cloud = await startCloud({ dir, publicOrigin: 'http://localhost:1', history: { Contoso: 5, Fabrikam: 5 }, live: false });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cloud.ca]);
  const running = { ...cloud.describe(), pid: process.pid, databaseUrl: '', workerPort: 0 };
  const database = await testDatabase();
  const { WEIR_PUBLIC_ORIGIN: _, ...env } = cloud.env();
  const armEndpoint = env['WEIR_ARM_ENDPOINT']!;
  const server = await startServer(
    database.url,
    {
      prepare: (credential, _t, provider, input) => prepareDestinations({ credential, armEndpoint, armScope: ARM_SCOPE, provider, input }),
    },
    env,
  );
  return {
    cloud,
    server,
    running,
    async as(who, path, init = {}) {
      const authorization = `Bearer ${await tokenFor(running, who, CONTOSO)}`;
      return server.call(path, { ...init, headers: { ...(init.headers as Record<string, string>), authorization } }, { role: null });
    },
    async close() {
      await server.close();
      await database.drop();
      await cloud.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
