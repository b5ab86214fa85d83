import { timingSafeEqual } from 'node:crypto';
import express, { Router, type Request, type Response } from 'express';
import type { Person } from '../people.ts';
import { readToken, signToken, type Claims } from './jwt.ts';
import { personClaims, type State } from './provider.ts';

const same = (a: unknown, b: string): boolean =>
  typeof a === 'string' && a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
/** `https://graph.microsoft.com/.default` names the resource `https://graph.microsoft.com`. */
const audienceOf = (scope: string): string =>
  scope
    .split(' ')
    .find((s) => s.endsWith('/.default'))
    ?.replace(/\/\.default$/, '') ?? scope.split(' ')[0]!;

/** How long the servers' tokens live, in seconds, and a mark of those that are not revoked. */
export interface TokenLife {
  readonly seconds: number;
  readonly mark: string;
}

/**
 * The token endpoint's grants for servers: the engine's own identity (client credentials) and the API on behalf of a
 * person. Everything else goes on to the OpenID provider.
 */
export function serviceTokens(state: State, tenantId: string, httpsOrigin: string, people: readonly Person[], life: TokenLife): Router {
  const router = Router();
  const issuer = `${httpsOrigin}/${tenantId}/v2.0`;
  const now = () => Math.floor(Date.now() / 1000);
  const send = (response: Response, claims: Record<string, unknown>, scope: string) => {
    const access_token = signToken(state.privateKey, state.jwk.kid, {
      iss: issuer,
      iat: now(),
      nbf: now(),
      exp: now() + life.seconds,
      rh: life.mark,
      aud: audienceOf(scope),
      ...claims,
    });
    response
      .set('cache-control', 'no-store')
      .json({ token_type: 'Bearer', expires_in: life.seconds, ext_expires_in: life.seconds, access_token, scope });
  };
  const refuse = (response: Response, status: number, error: string, description: string) =>
    response.status(status).json({
      error,
      error_description: description,
      error_codes: [status === 401 ? 7000215 : 50013],
      timestamp: new Date().toISOString(),
      trace_id: tenantId,
      correlation_id: tenantId,
    });

  router.post(
    '/oauth2/v2.0/token',
    express.urlencoded({ extended: false, limit: '64kb' }),
    (request: Request, response: Response, next) => {
      const body = (request.body ?? {}) as Record<string, string>;
      const [basicId, basicSecret] = basic(request.headers.authorization);
      const clientId = body['client_id'] ?? basicId;
      const secret = body['client_secret'] ?? basicSecret;
      if (body['grant_type'] === 'client_credentials') {
        if (clientId !== state.engineClientId || !same(secret, state.engineClientSecret))
          return void refuse(response, 401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
        return send(
          response,
          {
            ver: '2.0',
            tid: tenantId,
            oid: state.engineClientId,
            sub: state.engineClientId,
            azp: state.engineClientId,
            idtyp: 'app',
            appid: state.engineClientId,
            roles: ['DeviceManagementApps.Read.All', 'DeviceManagementManagedDevices.Read.All'],
          },
          body['scope'] ?? '',
        );
      }
      if (body['grant_type'] === 'urn:ietf:params:oauth:grant-type:jwt-bearer') {
        if (clientId !== state.apiClientId || !same(secret, state.apiClientSecret))
          return void refuse(response, 401, 'invalid_client', 'AADSTS7000215: Invalid client secret provided.');
        let claims: Claims;
        try {
          claims = readToken(state.publicKey, body['assertion'] ?? '');
        } catch (error) {
          return void refuse(
            response,
            400,
            'invalid_grant',
            `AADSTS50013: Assertion failed signature validation. ${(error as Error).message}`,
          );
        }
        const person = people.find((p) => p.oid === claims.oid && p.tenantId === tenantId);
        if (!person || claims.aud !== state.apiClientId || claims['scp'] !== 'access_as_user')
          return void refuse(
            response,
            400,
            'invalid_grant',
            'AADSTS500131: Assertion audience does not match the client app presenting the assertion.',
          );
        return send(
          response,
          { ...personClaims(person), sub: person.oid, azp: state.apiClientId, scp: 'user_impersonation' },
          body['scope'] ?? '',
        );
      }
      next();
    },
  );
  return router;
}

function basic(header: string | undefined): [string | undefined, string | undefined] {
  if (!header?.startsWith('Basic ')) return [undefined, undefined];
  const [id, secret] = Buffer.from(header.slice(6), 'base64').toString().split(':');
  return [id, secret];
}
