import { z } from 'zod';
import { defineEndpoint } from '../endpoint.ts';
import { permissions } from '../permissions.ts';

const directory = z.object({ tenantId: z.string(), name: z.string() });

export const authConfig = defineEndpoint({
  id: 'getAuthConfig',
  method: 'GET',
  path: '/api/auth-config',
  access: 'public',
  summary: 'What the browser needs to sign in.',
  response: z
    .object({
      clientId: z.string(),
      scopes: z.array(z.string()),
      knownAuthorities: z.array(z.string()),
      /** Text that stands above every page, e.g. that this is a sandbox. */
      notice: z.string().nullable(),
      directories: z
        .array(directory.extend({ authority: z.string(), authorityMetadata: z.string().nullable() }))
        .meta({ description: 'First one is the default.' }),
    })
    .meta({ id: 'AuthConfig' }),
});
export type AuthConfig = z.infer<NonNullable<typeof authConfig.response>>;

export const me = defineEndpoint({
  id: 'getMe',
  method: 'GET',
  path: '/api/me',
  access: 'signed-in',
  summary: 'Who I am here and what I may do.',
  response: z
    .object({
      user: z.object({ oid: z.string(), name: z.string(), upn: z.string() }),
      directory,
      directories: z.array(directory),
      roles: z.array(z.string()).meta({ description: 'Names of the directory roles that were recognised.' }),
      permissions: z.array(z.enum(permissions)),
      /** Why permissions may be missing, e.g. that the role check could not be made. */
      warning: z.string().nullable(),
    })
    .meta({ id: 'Me' }),
});
export type Me = z.infer<NonNullable<typeof me.response>>;
