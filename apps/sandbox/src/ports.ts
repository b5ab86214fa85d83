import { randomInt } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';

export const portNames = [
  'identityHttps',
  'identityHttp',
  'arm',
  'graph',
  'monitor',
  'blob',
  'blobInner',
  'hubsContoso',
  'hubsFabrikam',
  'control',
  'postgres',
  'worker',
  'splunk',
  'elastic',
  'webhook',
  'mail',
] as const;
export type Ports = Record<(typeof portNames)[number], number>;

/**
 * The sandbox's ports: from `first` upwards, else those of the last start, else free ones, which are then remembered so that
 * addresses in saved links and tools stay good.
 */
export async function choosePorts(dir: string, first: number | undefined): Promise<Ports> {
  const file = join(dir, 'ports.json');
  if (first !== undefined) return Object.fromEntries(portNames.map((name, i) => [name, first + i])) as Ports;
  const known = await readFile(file, 'utf8').then(
    (text) => JSON.parse(text) as Ports,
    () => null,
  );
  if (known && portNames.every((name) => Number.isInteger(known[name]))) return known;
  const start = await freeBlock(portNames.length);
  const ports = Object.fromEntries(portNames.map((name, i) => [name, start + i])) as Ports;
  await mkdir(dir, { recursive: true });
  await writeFile(file, JSON.stringify(ports));
  return ports;
}

/** Below the range from which systems take the near end of outgoing connections: such a one cannot come in between. */
const [LOWEST, HIGHEST] = [12_000, 32_000];

async function freeBlock(size: number): Promise<number> {
  for (;;) {
    const start = randomInt(LOWEST, HIGHEST - size);
    const free = await Promise.all(Array.from({ length: size }, (_, i) => isFree(start + i)));
    if (free.every(Boolean)) return start;
  }
}
const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
