import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '@weir/postgres';

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
  const taken = new Set<number>();
  while (taken.size < portNames.length) taken.add(await freePort());
  const ports = Object.fromEntries(portNames.map((name, i) => [name, [...taken][i]])) as Ports;
  await mkdir(dir, { recursive: true });
  await writeFile(file, JSON.stringify(ports));
  return ports;
}
