import { categoriesOf, settingName, type SettingInput } from '@weir/contract';
import { ARM_API_VERSION, armProperties, INTUNE_NAMESPACE, settingFromArm, settingInputOf } from '@weir/contract/dialects';
import express, { Router, type Express, type Request, type RequestHandler, type Response } from 'express';
import { callerOf } from '../../http/bind.ts';
import { perPerson } from '../../http/limits.ts';
import { HttpProblem } from '../../http/problem.ts';
import type { StoredSetting } from '../../ports.ts';
import { removeSetting, saveSetting, type SettingServices } from '../settings/index.ts';
import { answerArmError, ArmError, nameAnswer } from './errors.ts';
import { expectedOf, hasVersion, settled, type Condition } from './conditions.ts';

const READS_PER_MINUTE = 600;
/** As many as the blade may. */
const WRITES_PER_MINUTE = 30;
/** A PUT without a condition means "whatever it is now": when somebody saves meanwhile, it is made again of what is there then. */
const TRIES = 5;
const types = { settings: 'diagnosticSettings', categories: 'diagnosticSettingsCategories' } as const;

export interface ArmDialectOptions extends SettingServices {
  /** Token and permission, as the blade has them. */
  readonly guards: { readonly read: RequestHandler; readonly write: RequestHandler };
  readonly running: Set<Promise<unknown>>;
}

/** Azure Resource Manager's tenant-level diagnostic settings of Intune, over the same settings as the blade, for scripts and tools that speak ARM. */
export function bindArm(app: Express, options: ArmDialectOptions): void {
  const { guards, running } = options;
  const router = Router();
  router.use((request, response, next) => {
    nameAnswer(request, response);
    next();
  });
  const handle =
    (work: (asked: Asked) => Promise<void>): RequestHandler =>
    async (request, response) => {
      checkVersion(request, String(request.params[0]));
      const done = work({ ...options, request, response, segment: String(request.params[1] ?? '') || null });
      running.add(done);
      await done.finally(() => running.delete(done));
    };
  // Clients that join an address and an id, both with a slash, send two: Azure takes it.
  const path = (type: string) => new RegExp(`^/{1,2}providers/microsoft\\.intune/(${type})(?:/([^/]*))?/?$`, 'i');
  const reads = perPerson(READS_PER_MINUTE);
  const writes = perPerson(WRITES_PER_MINUTE);
  const settings = path(types.settings);
  router.get(settings, guards.read, reads, handle(readSettings));
  router.put(settings, guards.write, writes, jsonOnly, express.json({ limit: '256kb', strict: false }), handle(putSetting));
  router.delete(settings, guards.write, writes, handle(deleteSetting));
  router.get(path(types.categories), guards.read, reads, handle(readCategories));
  router.all([settings, path(types.categories)], ({ method, path: at }) => {
    const allow = /categories(\/[^/]*)?\/?$/i.test(at) ? 'GET, HEAD' : 'GET, HEAD, PUT, DELETE';
    throw new ArmError(405, 'MethodNotAllowed', `The HTTP method '${method}' is not supported here. Use ${allow}.`, {
      headers: { Allow: allow },
    });
  });
  router.use(notThere);
  router.use(answerArmError);
  app.use('/arm', router);
}

interface Asked extends ArmDialectOptions {
  readonly request: Request;
  readonly response: Response;
  /** The name in the path; null for the list. */
  readonly segment: string | null;
}
const known = categoriesOf(INTUNE_NAMESPACE).map((c) => c.name);

function checkVersion(request: Request, type: string): void {
  const given = Object.entries(request.query).filter(([key]) => key.toLowerCase() === 'api-version');
  const [version] = given.map(([, value]) => value);
  if (version === undefined || version === '')
    throw new ArmError(400, 'MissingApiVersionParameter', 'The api-version query parameter (?api-version=) is required for all requests.');
  if (given.length > 1 || typeof version !== 'string' || version.toLowerCase() !== ARM_API_VERSION)
    throw new ArmError(
      400,
      'NoRegisteredProviderFound',
      `No registered resource provider found for location 'null' and API version '${String(version).slice(0, 100)}' for type '${type}'. The supported api-versions are '${ARM_API_VERSION}'. The supported locations are ''.`,
    );
}

const jsonOnly: RequestHandler = (request, _response, next) => {
  // `is` is null without a body, which is then said as such.
  if (request.is('application/json') === false)
    throw new ArmError(
      415,
      'UnsupportedMediaType',
      `The content media type '${(request.get('content-type') ?? '').slice(0, 100)}' is not supported. Only 'application/json' is supported.`,
    );
  next();
};

const notThere: RequestHandler = (request) => {
  const [, namespace, type] = /^\/{1,2}providers\/([^/]+)(?:\/([^/]+))?/i.exec(request.path) ?? [];
  if (namespace === undefined)
    throw new ArmError(
      404,
      'ResourceNotFound',
      'There are /arm/providers/microsoft.intune/diagnosticSettings and …/diagnosticSettingsCategories.',
    );
  if (namespace.toLowerCase() !== INTUNE_NAMESPACE)
    throw new ArmError(404, 'InvalidResourceNamespace', `The resource namespace '${namespace.slice(0, 100)}' is invalid.`);
  throw new ArmError(
    404,
    'InvalidResourceType',
    `The resource type '${(type ?? '').slice(0, 100)}' could not be found in the namespace '${INTUNE_NAMESPACE}' for api version '${ARM_API_VERSION}'.`,
  );
};

const resourceOf = (setting: StoredSetting) => ({
  id: `providers/${INTUNE_NAMESPACE}/${types.settings}/${setting.name}`,
  type: '',
  name: setting.name,
  location: null,
  kind: null,
  tags: null,
  identity: null,
  properties: armProperties(setting, known),
});
const notFound = (name: string) =>
  new ArmError(
    404,
    'ResourceNotFound',
    `The Resource '${INTUNE_NAMESPACE}/${types.settings}/${name.slice(0, 300)}' under resource group '<null>' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
const conditionsOf = (request: Request): Condition => ({ ifMatch: request.get('if-match'), ifNoneMatch: request.get('if-none-match') });
const settingsOf = ({ store, response }: Asked) => store.forDirectory(callerOf(response).principal.tenantId).settings;

async function readSettings(asked: Asked): Promise<void> {
  const { segment, request, response } = asked;
  if (segment === null) return void response.json({ value: (await settingsOf(asked).list(INTUNE_NAMESPACE)).map(resourceOf) });
  const setting = await settingsOf(asked).get(INTUNE_NAMESPACE, segment);
  if (!setting) throw notFound(segment);
  response.set('ETag', `"${setting.version}"`);
  const { ifNoneMatch } = conditionsOf(request);
  if (ifNoneMatch !== undefined && hasVersion(ifNoneMatch, setting.version)) return void response.status(304).end();
  // Azure answers "it is there" without a body.
  if (request.method === 'HEAD') return void response.status(204).end();
  response.json(resourceOf(setting));
}

/** The name that a change is for, checked as the form checks it. */
function named({ segment }: Asked): string {
  const name = settingName.safeParse(segment ?? '');
  if (name.success) return name.data;
  const message = segment === null ? 'Name the diagnostic setting in the address.' : name.error.issues[0]!.message;
  throw new ArmError(400, 'InvalidResourceName', message, { details: [{ code: 'InvalidResourceName', target: 'name', message }] });
}

async function putSetting(asked: Asked): Promise<void> {
  const { request, response } = asked;
  const name = named(asked);
  const caller = callerOf(response);
  const conditions = conditionsOf(request);
  for (let tries = 1; ; tries += 1) {
    const current = await settingsOf(asked).get(INTUNE_NAMESPACE, name);
    const expected = expectedOf(conditions, current?.version ?? null);
    const input = inputFrom(request.body, current);
    try {
      const setting = await saveSetting(asked, { caller, request, name, input, expected });
      return void response.set('ETag', `"${setting.version}"`).json(resourceOf(setting));
    } catch (error) {
      if (tries < TRIES && settled(error, conditions)) continue;
      throw error instanceof HttpProblem && error.code === 'setting.exists'
        ? new ArmError(412, 'PreconditionFailed', error.message)
        : error;
    }
  }
}

function inputFrom(body: unknown, current: StoredSetting | null): SettingInput {
  const asked = settingFromArm(body, current && settingInputOf(current), known);
  if ('input' in asked) return asked.input;
  const { fault, details } = asked;
  throw new ArmError(400, fault.code, fault.message, { details: details.length > 0 ? details : [fault] });
}

async function deleteSetting(asked: Asked): Promise<void> {
  const { request, response, store } = asked;
  if (asked.segment === null) throw new ArmError(400, 'InvalidResourceName', 'Name the diagnostic setting in the address.');
  const name = asked.segment;
  const caller = callerOf(response);
  const conditions = conditionsOf(request);
  const current = await settingsOf(asked).get(INTUNE_NAMESPACE, name);
  const expected = expectedOf(conditions, current?.version ?? null);
  if (!current || expected === 'new') return void response.status(204).end();
  try {
    await removeSetting(store, { caller, request, name, ...(conditions.ifMatch !== undefined && { expected }) });
  } catch (error) {
    if (error instanceof HttpProblem && error.code === 'not.found' && conditions.ifMatch === undefined)
      return void response.status(204).end();
    throw error;
  }
  response.status(200).end();
}

async function readCategories({ segment, response }: Asked): Promise<void> {
  const all = known.map((name) => ({
    id: `providers/${INTUNE_NAMESPACE}/${types.categories}/${name}`,
    type: 'microsoft.insights/diagnosticSettingsCategories',
    name,
    properties: { categoryType: 'Logs' },
  }));
  if (segment === null) return void response.json({ value: all });
  const found = all.find((c) => c.name.toLowerCase() === segment.toLowerCase());
  if (!found)
    throw new ArmError(404, 'ResourceNotFound', `There is no category '${segment.slice(0, 100)}'. There are ${known.join(', ')}.`);
  response.json(found);
}
