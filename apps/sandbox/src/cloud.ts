import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { ArmStore } from './arm/state.ts';
import { createArm } from './arm/index.ts';
import { startBlobs, type Blobs } from './blob/index.ts';
import { createControl } from './control/index.ts';
import { startEventHubs } from './event-hubs/index.ts';
import { createFaults, type Faults } from './faults/index.ts';
import { createGraph } from './graph/index.ts';
import { listen, startIdentity } from './identity/index.ts';
import { createLogs } from './logs/index.ts';
import { createPartners, type DescribedPartners, type Partners } from './partners/index.ts';
import { directories, people } from './people.ts';
import { choosePorts, type Ports } from './ports.ts';
import { createSimulation } from './simulation/index.ts';
import { loadTls } from './tls/authority.ts';

export interface CloudOptions {
  /** Folder of the sandbox's state. */
  dir: string;
  publicOrigin: string;
  ports?: Ports;
  /** Audit events of the first year, by directory; fewer for tests. */
  history?: Record<string, number>;
  /** Largest message of the event hubs, in bytes: 1 MB without it. */
  hubMessageBytes?: number;
  /** Life of the tokens that servers get, in seconds; an hour without it. */
  tokenSeconds?: number;
  /** New events while it runs. */
  live?: boolean;
}
export interface Described {
  publicOrigin: string;
  directories: { tenantId: string; name: string; subscriptionId: string }[];
  people: { name: string; upn: string; oid: string; tenantId: string; role: string }[];
  endpoints: { authority: string; signIn: string; arm: string; graph: string; logsIngestion: string; logsQuery: string };
  clients: { spaClientId: string; apiClientId: string; engineClientId: string; engineClientSecret: string };
  storageAccounts: { name: string; id: string; tenantId: string; blobEndpoint: string; keys: string[] }[];
  eventHubNamespaces: { name: string; id: string; tenantId: string; connectionStrings: Record<string, string> }[];
  workspaces: { name: string; id: string; tenantId: string; customerId: string }[];
  partners: DescribedPartners;
  caFile: string;
  control: { url: string; token: string };
}
export interface Cloud {
  describe(): Described;
  /** Configuration of the product for this cloud. */
  env(): Record<string, string>;
  ca: string;
  ports: Ports;
  faults: Faults;
  blobs: Blobs;
  partners: Partners;
  /** Refuses every token that a server was given so far, as after a change of its rights. */
  revokeTokens(): void;
  close(): Promise<void>;
}

/** Starts every service of the pretend cloud on loopback. */
export async function startCloud(options: CloudOptions): Promise<Cloud> {
  const { dir, publicOrigin } = options;
  const ports = options.ports ?? (await choosePorts(dir, undefined));
  const tls = await loadTls(dir);
  const faults = createFaults();
  const identity = await startIdentity({
    dir,
    tls,
    httpsPort: ports.identityHttps,
    httpPort: ports.identityHttp,
    publicOrigin,
    directories,
    people,
    ...(options.tokenSeconds !== undefined && { tokenSeconds: options.tokenSeconds }),
  });
  const store = new ArmStore(join(dir, 'arm.json'));
  const ofType = (type: string) => store.state.resources.filter((r) => r.type === type);
  const logs = createLogs({ dir, verify: identity.verify, faults });
  for (const w of ofType('Microsoft.OperationalInsights/workspaces'))
    logs.ensureWorkspace({ resourceId: w.id, customerId: w.properties['customerId'] as string });
  for (const rule of ofType('Microsoft.Insights/dataCollectionRules')) {
    const p = rule.properties as {
      immutableId: string;
      streamDeclarations: Record<string, { columns: { name: string; type: string }[] }>;
      destinations: { logAnalytics: { workspaceResourceId: string }[] };
    };
    logs.putRule({
      resourceId: rule.id,
      immutableId: p.immutableId,
      workspaceResourceId: p.destinations.logAnalytics[0]!.workspaceResourceId,
      streams: Object.fromEntries(Object.entries(p.streamDeclarations).map(([s, d]) => [s, d.columns])),
    });
  }
  const blobs = await startBlobs({
    dir: join(dir, 'blob'),
    port: ports.blob,
    innerPort: ports.blobInner,
    faults,
    accounts: Object.entries(store.state.accountKeys).map(([name, keys]) => ({ name, keys })),
  });
  const hubPorts: Record<string, number> = { 'contoso-siem': ports.hubsContoso, 'fabrikam-siem': ports.hubsFabrikam };
  const namespaces = new Map<string, Awaited<ReturnType<typeof startEventHubs>>>();
  for (const [name, rules] of Object.entries(store.state.hubRules)) {
    namespaces.set(
      name,
      await startEventHubs({
        dir: join(dir, 'event-hubs', name),
        port: hubPorts[name]!,
        name,
        rules,
        hubs: [],
        maxMessageSize: options.hubMessageBytes ?? 1_048_576,
      }),
    );
  }
  const partners = createPartners({ dir: join(dir, 'partners'), faults });
  const simulation = createSimulation({
    dir,
    seed: 20_261_121,
    tenants: directories.map((d, i) => ({
      tenantId: d.tenantId,
      name: d.name,
      domain: d.domain,
      events: options.history?.[d.name] ?? (i === 0 ? 50_000 : 6_000),
      users: i === 0 ? 1_000 : 120,
    })),
  });
  if (options.live !== false) simulation.start();

  const at = (port: number) => `https://localhost:${port}`;
  const secure = (router: Router, port: number) => {
    const app = express();
    app.disable('x-powered-by');
    app.use(router);
    return listen(createHttps({ key: tls.key, cert: tls.cert }, app), port);
  };
  const arm = createArm({
    origin: at(ports.arm),
    store,
    logs,
    verify: identity.verify,
    engineClientId: identity.engineClientId,
    faults,
    blobUrl: blobs.accountUrl,
    ingestionEndpoint: at(ports.monitor),
    namespaces,
  });
  const control = { url: `http://127.0.0.1:${ports.control}`, token: randomBytes(24).toString('base64url') };

  // What to try things with: the subscription of each directory whose services all answer.
  const shown = (type: string) => ofType(type).filter((r) => directories.some((d) => r.id.split('/')[2] === d.subscriptionId));
  const describe = (): Described => ({
    publicOrigin,
    directories: directories.map(({ tenantId, name, subscriptionId }) => ({ tenantId, name, subscriptionId })),
    people: people.map(({ name, upn, oid, tenantId, role }) => ({ name, upn, oid, tenantId, role })),
    endpoints: {
      authority: identity.httpsOrigin,
      signIn: identity.httpOrigin,
      arm: at(ports.arm),
      graph: at(ports.graph),
      logsIngestion: at(ports.monitor),
      logsQuery: `${at(ports.monitor)}/v1`,
    },
    clients: {
      spaClientId: identity.spaClientId,
      apiClientId: identity.apiClientId,
      engineClientId: identity.engineClientId,
      engineClientSecret: identity.engineClientSecret,
    },
    storageAccounts: shown('Microsoft.Storage/storageAccounts').map((r) => ({
      name: r.name,
      id: r.id,
      tenantId: r.tenantId,
      blobEndpoint: blobs.accountUrl(r.name),
      keys: [...store.state.accountKeys[r.name]!],
    })),
    eventHubNamespaces: shown('Microsoft.EventHub/namespaces').map((r) => ({
      name: r.name,
      id: r.id,
      tenantId: r.tenantId,
      connectionStrings: Object.fromEntries(
        store.state.hubRules[r.name]!.map((rule) => [rule.name, namespaces.get(r.name)!.connectionString(rule.name)]),
      ),
    })),
    workspaces: ofType('Microsoft.OperationalInsights/workspaces').map((r) => ({
      name: r.name,
      id: r.id,
      tenantId: r.tenantId,
      customerId: r.properties['customerId'] as string,
    })),
    partners: partners.describe({ splunk: at(ports.splunk), elastic: at(ports.elastic), webhook: at(ports.webhook), mailPort: ports.mail }),
    caFile: tls.caFile,
    control,
  });
  const servers = [
    await secure(arm, ports.arm),
    await secure(createGraph({ simulation, verify: identity.verify, faults }), ports.graph),
    await secure(logs.router, ports.monitor),
    await secure(partners.splunk, ports.splunk),
    await secure(partners.elastic, ports.elastic),
    await secure(partners.webhook, ports.webhook),
    await listen(
      createHttp(createControl({ token: control.token, faults, hubs: namespaces, describe, received: partners.received })),
      ports.control,
    ),
  ];

  const mail = await partners.startMail(ports.mail, tls);

  return {
    describe,
    ca: tls.ca,
    ports,
    faults,
    blobs,
    partners,
    revokeTokens: () => identity.revoke(),
    env: () => ({
      WEIR_DIRECTORIES: JSON.stringify(directories.map(({ tenantId, name }) => ({ tenantId, name }))),
      WEIR_AUTHORITY_HOST: identity.httpsOrigin,
      WEIR_SIGN_IN_ORIGIN: identity.httpOrigin,
      WEIR_PUBLIC_ORIGIN: publicOrigin,
      WEIR_SPA_CLIENT_ID: identity.spaClientId,
      WEIR_API_CLIENT_ID: identity.apiClientId,
      WEIR_API_CLIENT_SECRET: identity.apiClientSecret,
      WEIR_ARM_ENDPOINT: at(ports.arm),
      WEIR_GRAPH_ENDPOINT: at(ports.graph),
      WEIR_WORKER_PORT: String(ports.worker),
      // This cloud is on loopback.
      WEIR_PRIVATE_ADDRESSES: '127.0.0.0/8, ::1',
      WEIR_NOTICE: 'Sandbox: a pretend cloud on this computer. Nothing here reaches Microsoft.',
      AZURE_AUTHORITY_HOST: identity.httpsOrigin,
      AZURE_TENANT_ID: directories[0]!.tenantId,
      AZURE_CLIENT_ID: identity.engineClientId,
      AZURE_CLIENT_SECRET: identity.engineClientSecret,
      NODE_EXTRA_CA_CERTS: tls.caFile,
    }),
    close: async () => {
      simulation.close();
      await mail.close();
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise<void>((done) => server.close(() => done()));
      }
      await Promise.all([identity.close(), blobs.close(), ...[...namespaces.values()].map((n) => n.close())]);
      logs.close();
      partners.close();
    },
  };
}
