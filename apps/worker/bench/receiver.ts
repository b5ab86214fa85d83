/** A receiver of webhooks in a process of its own that costs next to nothing. `/20` answers after 20 ms, as one far away does. Tells its port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const server = createServer((request, response) => {
  request.resume();
  const ms = Number(request.url!.slice(1));
  request.once('end', () => setTimeout(() => response.writeHead(204).end(), ms));
});
server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
process.once('disconnect', () => process.exit(0));
