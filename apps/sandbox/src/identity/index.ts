import { randomUUID } from 'node:crypto';
import { createServer as createHttp, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createHttps } from 'node:https';
import express from 'express';
import type { Directory, Person } from '../people.ts';
import type { Tls } from '../tls/authority.ts';
import { readToken, type Claims } from './jwt.ts';
import { loadState } from './keys.ts';
import { pagePolicy, signInPage } from './page.ts';
import { ACCESS_TOKEN_TTL, createProvider } from './provider.ts';
import { serviceTokens } from './service-tokens.ts';

export interface IdentityOptions {
  dir: string;
  tls: Tls;
  httpsPort: number;
  httpPort: number;
  publicOrigin: string;
  directories: readonly Directory[];
  people: readonly Person[];
  /** Life of the tokens that servers get; an hour without it. */
  tokenSeconds?: number;
}
export interface Identity {
  httpsOrigin: string;
  httpOrigin: string;
  spaClientId: string;
  apiClientId: string;
  apiClientSecret: string;
  engineClientId: string;
  engineClientSecret: string;
  /** Claims of a token that was issued here; throws otherwise. */
  verify(token: string): Promise<Claims>;
  /** Every token that a server was given is refused from now on, whatever its end. */
  revoke(): void;
  close(): Promise<void>;
}

/**
 * The pretend Entra: one OpenID provider for each directory, on https for servers and on plain http for the browser, which
 * would warn of the private authority. It has no passwords, so it listens on loopback and answers to no other host name.
 */
export async function startIdentity(options: IdentityOptions): Promise<Identity> {
  const state = await loadState(options.dir);
  const httpsOrigin = `https://localhost:${options.httpsPort}`;
  const httpOrigin = `http://localhost:${options.httpPort}`;
  const life = { seconds: options.tokenSeconds ?? ACCESS_TOKEN_TTL, mark: randomUUID() as string };
  const app = express();
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    const host = request.headers.host ?? '';
    if (host === `127.0.0.1:${options.httpPort}`) return response.redirect(307, `${httpOrigin}${request.originalUrl}`);
    if (host !== `localhost:${options.httpPort}` && host !== `localhost:${options.httpsPort}` && host !== `127.0.0.1:${options.httpsPort}`)
      return void response.status(421).send('This provider answers to localhost only.');
    request.headers['x-forwarded-proto'] = (request as IncomingMessage & { socket: { encrypted?: boolean } }).socket.encrypted
      ? 'https'
      : 'http';
    next();
  });
  for (const directory of options.directories) {
    const people = options.people.filter((p) => p.tenantId === directory.tenantId);
    const provider = createProvider({ state, directory, people, httpsOrigin, publicOrigin: options.publicOrigin });
    const router = express.Router();
    router.use((request, _response, next) => {
      // Entra serves discovery below /v2.0; the library below its root.
      if (request.url === '/v2.0/.well-known/openid-configuration') {
        request.url = '/.well-known/openid-configuration';
        request.originalUrl = `/${directory.tenantId}/.well-known/openid-configuration`;
      }
      next();
    });
    router.use(serviceTokens(state, directory.tenantId, httpsOrigin, people, life));
    router.get('/signin/:uid', async (request, response) => {
      try {
        await provider.interactionDetails(request, response);
      } catch {
        return void response.status(400).type('text').send('This sign-in has ended. Go back to the admin center and start again.');
      }
      response
        .set({ 'content-security-policy': pagePolicy, 'cache-control': 'no-store' })
        .type('html')
        .send(signInPage(`/${directory.tenantId}/signin/${request.params.uid}`, directory.name, people));
    });
    router.post('/signin/:uid', express.urlencoded({ extended: false }), async (request, response) => {
      const person = people.find((p) => p.oid === (request.body as { oid?: string }).oid);
      if (!person) return void response.status(400).type('text').send('Nobody here has this id.');
      await provider.interactionFinished(request, response, { login: { accountId: person.oid } }, { mergeWithLastSubmission: false });
    });
    router.use((_request, response, next) => {
      response.set('content-security-policy', pagePolicy);
      next();
    });
    router.use(provider.callback());
    app.use(`/${directory.tenantId}`, router);
  }
  const http = await listen(createHttp(app as RequestListener), options.httpPort);
  const https = await listen(createHttps({ key: options.tls.key, cert: options.tls.cert }, app as RequestListener), options.httpsPort);
  return {
    httpsOrigin,
    httpOrigin,
    spaClientId: state.spaClientId,
    apiClientId: state.apiClientId,
    apiClientSecret: state.apiClientSecret,
    engineClientId: state.engineClientId,
    engineClientSecret: state.engineClientSecret,
    async verify(token) {
      const claims = readToken(state.publicKey, token);
      if (claims['rh'] !== undefined && claims['rh'] !== life.mark) throw new Error('The token was revoked.');
      return claims;
    },
    revoke: () => void (life.mark = randomUUID()),
    close: async () => {
      for (const server of [http, https]) {
        server.closeAllConnections();
        await new Promise<void>((done) => server.close(() => done()));
      }
    },
  };
}

export function listen<S extends Server>(server: S, port: number): Promise<S> {
  return new Promise((done, fail) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      fail(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken by another program. Set WEIR_SANDBOX_PORT to where a dozen ports are free.`)
          : error,
      ),
    );
    server.listen(port, '127.0.0.1', () => done(server));
  });
}
