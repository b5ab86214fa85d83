/** Asks the web server from a process of its own, as a browser does: a client on the server's thread would be measured with it. */
import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';

const [origin, token] = process.argv.slice(2) as [string, string];
const headers = { authorization: `Bearer ${token}` };
const agent = new Agent({ keepAlive: true });

async function get(path: string): Promise<{ ms: number; status: number; text: string }> {
  const started = performance.now();
  const sent = request(`${origin}${path}`, { agent, headers }).end();
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) chunks.push(chunk as Buffer);
  const ms = performance.now() - started;
  return { ms, status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() };
}

process.on('message', ({ id, path }: { id: number; path: string }) => {
  get(path).then(
    (answer) => process.send!({ id, ...answer }),
    (error: unknown) => process.send!({ id, ms: 0, status: 0, text: String(error) }),
  );
});
