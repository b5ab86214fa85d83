import { setTimeout as sleep } from 'node:timers/promises';
import type { Misbehaviour, Service } from '@weir/sandbox';
import type { Ground } from './ground.ts';

/** A source of numbers in [0, 1) that gives the same ones for the same seed (mulberry32). */
export function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One way in which things go wrong, and go right again before it resolves. */
export interface Fault {
  name: string;
  weight: number;
  run(ground: Ground, random: () => number): Promise<void>;
}
const between = (random: () => number, from: number, to: number): number => from + random() * (to - from);
const oneOf = <T>(random: () => number, list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

async function misbehave(ground: Ground, service: Service, fault: Misbehaviour | null): Promise<void> {
  const { url, token } = ground.cloud.describe().control;
  const answer = await fetch(`${url}/faults${fault ? `/${service}` : ''}`, {
    method: fault ? 'PUT' : 'DELETE',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    ...(fault && { body: JSON.stringify(fault) }),
  });
  if (!answer.ok) throw new Error(`The fault was not taken: ${await answer.text()}`);
}
const service = (kind: Misbehaviour['kind'], weight: number, seconds: number): Fault => ({
  name: `service: ${kind}`,
  weight,
  async run(ground, random) {
    await misbehave(ground, oneOf(random, ['blob', 'eventHub', 'arm'] as const), { kind, retryAfter: 1 + Math.floor(random() * 3) });
    await sleep(between(random, 500, seconds * 1000));
    await misbehave(ground, 'blob', null);
  },
});
const line = (name: 'database' | 'blob' | 'eventHub', weight: number): Fault[] => [
  {
    name: `line to ${name}: half open`,
    weight,
    async run(ground, random) {
      const one = ground.lines[name];
      // Somewhere within what travels: a statement, an answer, a batch.
      one.swallow(oneOf(random, ['to service', 'from service'] as const), Math.floor(random() * 20_000));
      await sleep(between(random, 1_000, 20_000));
      one.pass();
    },
  },
  {
    name: `line to ${name}: stalls`,
    weight,
    async run(ground, random) {
      ground.lines[name].stall();
      await sleep(between(random, 500, 15_000));
      ground.lines[name].pass();
    },
  },
  {
    name: `line to ${name}: reset`,
    weight,
    async run(ground, random) {
      ground.lines[name].reset();
      await sleep(between(random, 0, 5_000));
      ground.lines[name].pass();
    },
  },
];

export const faults: readonly Fault[] = [
  {
    name: 'worker: killed',
    weight: 6,
    async run(ground, random) {
      await ground.endWorker(oneOf(random, ground.workers), 'SIGKILL');
      await sleep(between(random, 0, 3_000));
      await ground.startWorker();
    },
  },
  {
    name: 'worker: replaced in order',
    weight: 2,
    async run(ground, random) {
      await ground.endWorker(oneOf(random, ground.workers), 'SIGTERM');
      await ground.startWorker();
    },
  },
  {
    name: 'worker: frozen',
    weight: 4,
    async run(ground, random) {
      const child = oneOf(random, ground.workers);
      child.kill('SIGSTOP');
      // Shorter and longer than a lease.
      await sleep(between(random, 200, 25_000));
      child.kill('SIGCONT');
    },
  },
  service('throttle', 3, 10),
  service('hang', 3, 15),
  service('drop', 5, 5),
  service('down', 3, 10),
  service('refuse', 1, 5),
  ...line('database', 3),
  ...line('blob', 2),
  ...line('eventHub', 2),
  {
    name: 'PostgreSQL: restarted',
    weight: 3,
    run: (ground, random) => ground.restartPostgres('fast', between(random, 0, 5_000)),
  },
  {
    name: 'PostgreSQL: crashed',
    weight: 2,
    run: (ground, random) => ground.restartPostgres('crash', between(random, 0, 5_000)),
  },
];

/** One of them, as often as its weight says. */
export function pick(random: () => number): Fault {
  let left = random() * faults.reduce((sum, f) => sum + f.weight, 0);
  return faults.find((f) => (left -= f.weight) < 0) ?? faults[0]!;
}
