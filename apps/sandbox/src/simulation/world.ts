import { people } from '../people.ts';
import { apps, cities, departments, firstNames, lastNames, platforms, rings, subjects } from './names.ts';
import type { Random } from './random.ts';

export interface User {
  id: string;
  upn: string;
  name: string;
}
export interface Device {
  id: string;
  name: string;
  user: User;
  os: 'Windows' | 'macOS' | 'iOS' | 'Android';
}
/** A policy, script, app or the like that admins work on. */
export interface Thing {
  id: string;
  name: string;
  version: number;
}
export interface Actor {
  type: 'ItPro' | 'Application' | 'System';
  userId: string | null;
  upn: string | null;
  servicePrincipal: string | null;
  applicationId: string;
  application: string;
  permissions: string[];
  weight: number;
}
/** A tenant's people and things. Creating and deleting in it is what the audit events tell of. */
export interface World {
  users: User[];
  devices: Device[];
  groups: Thing[];
  actors: Actor[];
  things(kind: string): Thing[];
  newName(kind: string): string;
}

/** App that nearly all of Intune's audit events name: the portal's own. */
export const PORTAL = { id: '5926fc8e-304e-4f59-8bed-58ca97cc39a4', name: 'Microsoft Intune portal extension' };
const helpDesk = [
  'Microsoft.Intune_ManagedDevices_Read',
  'Microsoft.Intune_RemoteTasks_SyncDevice',
  'Microsoft.Intune_RemoteTasks_RebootNow',
  'Microsoft.Intune_RemoteTasks_Wipe',
  'Microsoft.Intune_Audit_Read',
];
const systems = [
  ['Windows', 55],
  ['iOS', 22],
  ['Android', 13],
  ['macOS', 10],
].map(([os, weight]) => ({ os: os as Device['os'], weight: weight as number }));
/** Letters that a mail address keeps. */
const slug = (name: string): string => name.toLowerCase().replaceAll(' ', '.');

export function createWorld(random: Random, options: { tenantId: string; domain: string; users: number }): World {
  const taken = new Map<string, number>();
  const users: User[] = people.filter((p) => p.tenantId === options.tenantId).map((p) => ({ id: p.oid, upn: p.upn, name: p.name }));
  while (users.length < options.users) {
    const name = `${random.pick(firstNames)} ${random.pick(lastNames)}`;
    const count = (taken.get(name) ?? 0) + 1;
    taken.set(name, count);
    users.push({ id: random.guid(), name, upn: `${slug(name)}${count > 1 ? count : ''}@${options.domain}` });
  }
  const devices: Device[] = users.flatMap((user, i) =>
    Array.from({ length: random.chance(0.35) ? 2 : 1 }, (_, n) => {
      const { os } = random.weighted(systems);
      const number = String(i * 2 + n + 1).padStart(5, '0');
      const name =
        os === 'Windows'
          ? `${random.chance(0.7) ? 'LAP' : 'DESK'}-${number}`
          : os === 'macOS'
            ? `MAC-${number}`
            : `${user.name.split(' ')[0]}’s ${os === 'iOS' ? random.pick(['iPhone', 'iPad']) : random.pick(['Pixel', 'Galaxy'])}`;
      return { id: random.guid(), name, user, os };
    }),
  );
  const groups = [
    ...departments.map((d) => `All ${d}`),
    ...cities.map((c) => `Office ${c}`),
    ...rings.map((r) => `Ring - ${r}`),
    ...['Windows', 'macOS', 'iOS', 'Android'].map((p) => `Devices - ${p}`),
    'Shared devices',
    'VPN users',
    'Contractors',
  ].map((name) => ({ id: random.guid(), name, version: 1 }));

  const kept = new Map<string, Thing[]>();
  const newName = (kind: string): string => {
    if (kind === 'app') return random.pick(apps);
    const subject = random.pick(subjects[kind] ?? [kind]);
    if (
      [
        'script',
        'shellScript',
        'category',
        'template',
        'ebook',
        'role',
        'authority',
        'approval',
        'filter',
        'groupPolicyReport',
        'connector',
        'threatConnector',
      ].includes(kind)
    )
      return subject;
    const platform = ['healthScript', 'intent', 'updateRing'].includes(kind) && !/iOS/.test(subject) ? 'Windows' : random.pick(platforms);
    return `${platform} - ${subject} - ${random.pick(rings)}`;
  };
  return { users, devices, groups, actors: actorsOf(random, users), newName, things };

  function things(kind: string): Thing[] {
    let list = kept.get(kind);
    if (!list) {
      const names = new Set(Array.from({ length: kind === 'app' ? 60 : 24 }, () => newName(kind)));
      list = [...names].map((name) => ({ id: random.guid(), name, version: random.int(1, 9) }));
      kept.set(kind, list);
    }
    return list;
  }
}

function actorsOf(random: Random, users: readonly User[]): Actor[] {
  const admin = (user: User, weight: number, permissions: string[]): Actor => ({
    type: 'ItPro',
    userId: user.id,
    upn: user.upn,
    servicePrincipal: null,
    applicationId: PORTAL.id,
    application: PORTAL.name,
    permissions,
    weight,
  });
  const app = (application: string, weight: number): Actor => ({
    type: 'Application',
    userId: null,
    upn: null,
    servicePrincipal: application,
    applicationId: random.guid(),
    application,
    permissions: ['DeviceManagementConfiguration.ReadWrite.All', 'DeviceManagementManagedDevices.PrivilegedOperations.All'],
    weight,
  });
  const named = users.slice(0, 2).map((user, i) => admin(user, i === 0 ? 8 : 22, ['*']));
  const desk = Array.from({ length: Math.max(3, Math.round(users.length / 70)) }, (_, i) =>
    admin(users[6 + i] ?? users[2]!, 14 / (i + 1), i % 3 === 0 ? ['*'] : helpDesk),
  );
  const system: Actor = {
    type: 'System',
    userId: null,
    upn: null,
    servicePrincipal: null,
    applicationId: '0000000a-0000-0000-c000-000000000000',
    application: 'Microsoft Intune',
    permissions: [],
    weight: 2,
  };
  return [...named, ...desk, app('Device lifecycle automation', 5), app('Configuration backup', 2), system];
}
