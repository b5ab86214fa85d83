import { once } from 'node:events';
import { deserialize, serialize } from 'node:v8';
import { openStore } from '@weir/store';
import type { NewRecord } from '@weir/contract';
import { records } from './maker.ts';

/** Records of one call, as from a large file. */
const CALL = 25_000;

// Appends `count` records as a worker does, in a process of its own, when it is told to: <url> <tenant> <log> <seed> <count> <from> <to>.
const [url, tenantId, category, seed, count, from, to] = process.argv.slice(2) as [string, string, string, string, string, string, string];
const store = openStore({ url, applicationName: 'weir-bench-append' });
// Made beforehand, and kept outside of the heap: a worker never holds a hundred thousand records, and its collector need not look at them.
const calls: Buffer[] = [];
let call: NewRecord[] = [];
for (const record of records({ tenantId, seed: Number(seed), count: Number(count), from: new Date(from), to: new Date(to) })) {
  call.push({ ...record, category });
  if (call.length === CALL) {
    calls.push(serialize(call));
    call = [];
  }
}
if (call.length > 0) calls.push(serialize(call));
call = [];
const read = (): NewRecord[] => deserialize(calls.shift()!) as NewRecord[];
let more = read();
process.send!('ready');
await once(process, 'message');
for (;;) {
  const writing = store.log.append(tenantId, more);
  // The next call's are read while this one is written.
  if (calls.length > 0) more = read();
  else {
    await writing;
    break;
  }
  await writing;
}
process.send!('done');
await store.close();
process.disconnect();
