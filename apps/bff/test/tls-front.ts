import { once } from 'node:events';
import { connect, type AddressInfo } from 'node:net';
import tls from 'node:tls';
import { generate } from 'selfsigned';

/** Puts a server behind TLS under a name that this process trusts: Microsoft's clients hand tokens to https only. */
export async function tlsFront(behind: () => string): Promise<{ origin: string; close(): void }> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
    ],
  });
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), cert]);
  const front = tls.createServer({ key, cert }, (socket) => {
    const plain = connect(Number(new URL(behind()).port), '127.0.0.1');
    socket.pipe(plain).pipe(socket);
    for (const end of [socket, plain]) end.on('error', () => [socket, plain].forEach((s) => s.destroy()));
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  return { origin: `https://localhost:${(front.address() as AddressInfo).port}`, close: () => void front.close() };
}
