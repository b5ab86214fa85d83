import { permissions, type Permission } from '@weir/contract';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createAccess,
  createIntuneActions,
  directoryRoles,
  INTUNE_AUDIT_READ,
  permissionsOf,
  type GraphAnswer,
  type Principal,
} from './index.ts';

const MEMBER = 'b79fbf4d-3ef9-4689-8143-76b194e85509';
const idOf = (role: string) => Object.entries(directoryRoles).find(([, name]) => name === role)![0];
const person = (wids: string[]): Principal => ({
  tenantId: 't',
  oid: 'o',
  name: 'n',
  upn: 'u',
  wids,
  groupsOverage: false,
  issuedAt: 1,
  expiresAt: 2,
});
const none = new Set<string>();
const readers = ['entra.audit.read', 'entra.provisioning.read'];

test.each<[string, string[]]>([
  ['Global Administrator', [...permissions]],
  ['Intune Administrator', ['intune.audit.read', 'intune.settings.read', 'intune.settings.write']],
  ['Security Administrator', [...readers, 'entra.settings.read', 'entra.settings.write']],
  ['Security Reader', [...readers, 'entra.settings.read']],
  ['Global Reader', [...readers, 'entra.settings.read']],
  ['Reports Reader', readers],
  ['Security Operator', ['entra.provisioning.read']],
  ['Application Administrator', ['entra.provisioning.read']],
  ['Cloud Application Administrator', ['entra.provisioning.read']],
])('%s may do exactly this', (role, expected) => {
  expect(permissionsOf(person([MEMBER, idOf(role)]), none).toSorted()).toEqual(expected.toSorted());
});

test('wids that are no role of the table never grant anything', () => {
  const known = new Set(Object.keys(directoryRoles));
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.uuid(), fc.constantFrom(MEMBER, '__proto__', 'constructor', 'toString'))), (wids) => {
      expect(permissionsOf(person(wids.filter((w) => !known.has(w))), none)).toEqual([]);
    }),
  );
});
test('permissions of several roles are the union of each, never more', () => {
  fc.assert(
    fc.property(fc.subarray(Object.keys(directoryRoles)), fc.array(fc.uuid()), (ids, noise) => {
      const union = new Set<Permission>(ids.flatMap((id) => permissionsOf(person([id]), none)));
      expect(new Set(permissionsOf(person([...noise, ...ids]), none))).toEqual(union);
    }),
  );
});

const graph = (answers: (GraphAnswer | Error)[]) => {
  const asked: string[] = [];
  const call = async ({ path }: { path: string }) => {
    asked.push(path);
    const answer = answers.shift() ?? { kind: 'denied' as const };
    if (answer instanceof Error) throw answer;
    return answer;
  };
  return { asked, call };
};
const holding = (allowed: string[], refused: string[] = []): GraphAnswer => ({
  kind: 'ok',
  body: { value: [{ resourceActions: [{ allowedResourceActions: allowed, notAllowedResourceActions: refused }] }] },
});

test('an Intune role with Audit data / Read opens the audit log and nothing else; the answer is kept five minutes', async () => {
  const { asked, call } = graph([holding([INTUNE_AUDIT_READ]), holding([INTUNE_AUDIT_READ], [INTUNE_AUDIT_READ])]);
  let now = 0;
  const accessOf = createAccess(createIntuneActions({ call, now: () => now }));
  expect([...(await accessOf(person([]), 't')).permissions]).toEqual(['intune.audit.read']);
  now = 299_999;
  expect((await accessOf(person([]), 't')).permissions.size).toBe(1);
  expect(asked).toHaveLength(1);
  now = 300_000;
  expect((await accessOf(person([]), 't')).permissions.size).toBe(0);
});
test('an unreachable role check stays closed, says so, and is asked again', async () => {
  const { asked, call } = graph([new Error('down'), { kind: 'ok', body: { value: 'nonsense' } }, holding([INTUNE_AUDIT_READ])]);
  const accessOf = createAccess(createIntuneActions({ call }));
  for (let i = 0; i < 2; i++) {
    const closed = await accessOf(person([]), 't');
    expect(closed.permissions.size).toBe(0);
    expect([...closed.unknown]).toEqual(['intune.audit.read']);
    expect(closed.warning).toContain('could not be checked');
  }
  expect((await accessOf(person([]), 't')).permissions.has('intune.audit.read')).toBe(true);
  expect(asked).toHaveLength(3);
});
test('Graph is not asked when a directory role grants it already', async () => {
  const { asked, call } = graph([]);
  await createAccess(createIntuneActions({ call }))(person([idOf('Intune Administrator')]), 't');
  expect(asked).toEqual([]);
});
