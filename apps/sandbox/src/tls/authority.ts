import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import { generate } from 'selfsigned';

export interface Tls {
  key: string;
  cert: string;
  /** The private authority, for NODE_EXTRA_CA_CERTS. */
  ca: string;
  caFile: string;
}
const DAY = 86_400_000;

/** A private certificate authority and a certificate for loopback, made at the first start and anew a week before they end. */
export async function loadTls(dir: string): Promise<Tls> {
  const folder = join(dir, 'tls');
  await mkdir(folder, { recursive: true });
  const file = (name: string) => join(folder, name);
  const read = async () => ({
    key: await readFile(file('key.pem'), 'utf8'),
    cert: await readFile(file('cert.pem'), 'utf8'),
    ca: await readFile(file('ca.pem'), 'utf8'),
    caFile: file('ca.pem'),
  });
  const existing = await read().catch(() => null);
  if (existing && Date.parse(new X509Certificate(existing.cert).validTo) > Date.now() + 7 * DAY) return existing;

  const lifetime = { notBeforeDate: new Date(Date.now() - DAY), notAfterDate: new Date(Date.now() + 365 * DAY) };
  const authority = await generate([{ name: 'commonName', value: 'Weir sandbox authority' }], {
    ...lifetime,
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const leaf = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...lifetime,
    keySize: 2048,
    algorithm: 'sha256',
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  // The authority's own key is not kept: nobody can make another certificate that this machine trusts.
  for (const [name, text] of [
    ['key.pem', leaf.private],
    ['cert.pem', leaf.cert],
    ['ca.pem', authority.cert],
  ] as const) {
    await writeFile(file(name), text);
    await chmod(file(name), 0o600);
  }
  return read();
}
