import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Partition } from './partition.ts';

export interface Hub {
  name: string;
  createdAt: number;
  partitions: Partition[];
  /** Called when a partition got events. */
  listeners: Set<(partition: number) => void>;
}

/** The hubs of a namespace, kept in a folder each. */
export class Hubs {
  readonly all = new Map<string, Hub>();
  readonly #dir: string;
  readonly #file: string;
  constructor(dir: string) {
    this.#dir = dir;
    this.#file = join(dir, 'hubs.json');
    mkdirSync(dir, { recursive: true });
    if (!existsSync(this.#file)) return;
    for (const h of JSON.parse(readFileSync(this.#file, 'utf8')) as { name: string; createdAt: number; partitions: number }[])
      this.#open(h.name, h.createdAt, h.partitions);
  }
  get(name: string): Hub | undefined {
    return this.all.get(name.toLowerCase());
  }
  ensure(name: string, partitions: number): Hub {
    const known = this.get(name);
    if (known) return known;
    const hub = this.#open(name, Date.now(), partitions);
    writeFileSync(
      this.#file,
      JSON.stringify([...this.all.values()].map((h) => ({ name: h.name, createdAt: h.createdAt, partitions: h.partitions.length }))),
    );
    return hub;
  }
  #open(name: string, createdAt: number, partitions: number): Hub {
    const hub: Hub = {
      name,
      createdAt,
      partitions: Array.from({ length: partitions }, (_, i) => new Partition(join(this.#dir, name.toLowerCase(), `${i}.events`))),
      listeners: new Set(),
    };
    this.all.set(name.toLowerCase(), hub);
    return hub;
  }
}

/** A stable partition for a key (FNV-1a). Not Azure's hash: nobody may count on the number. */
export function partitionOf(key: string, count: number): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(key)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash % count;
}
