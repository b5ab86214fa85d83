import { startServer } from './server.ts';

// A web server in a process of its own, for tests that kill it.
const [url, oid] = process.argv.slice(2) as [string, string];
const server = await startServer(url, { exports: { leaseMs: 1_500, pollMs: 100 } });
process.send!({ origin: server.origin, token: server.token({ oid }) });
