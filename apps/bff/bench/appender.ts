import { once } from 'node:events';
import { openStore } from '@weir/store';
import { records } from './maker.ts';

// Appends `count` records as a worker does, in a process of its own, when it is told to: <url> <tenant> <log> <seed> <count> <from> <to>.
const [url, tenantId, category, seed, count, from, to] = process.argv.slice(2) as [string, string, string, string, string, string, string];
const store = openStore({ url, applicationName: 'weir-bench-append' });
const made = records({ tenantId, seed: Number(seed), count: Number(count), from: new Date(from), to: new Date(to) });
const more = [...made].map((record) => ({ ...record, category }));
process.send!('ready');
await once(process, 'message');
await store.log.append(tenantId, more);
await store.close();
process.disconnect();
