import type { Operation } from './catalogue.ts';
import type { Random } from './random.ts';
import type { Thing, World } from './world.ts';

export interface AuditProperty {
  displayName: string;
  oldValue: string | null;
  newValue: string | null;
}
/** What Intune writes for a value that there is none of. */
const NONE = '<null>';
/** Pseudo-groups in the ids of assignments. */
export const ALL_USERS = 'acacacac-9df4-4c7d-9d50-4ef0226f57a9';
export const ALL_DEVICES = 'adadadad-808e-44e2-905a-0b7873a8a531';

const property = (displayName: string, newValue: string | null, oldValue: string | null = null): AuditProperty => ({
  displayName,
  oldValue,
  newValue,
});
const versions = ['5025-09-01', '5025-06-03', '5023-03-29'];
const settings: readonly (readonly [string, readonly string[]])[] = [
  ['PasswordMinimumLength', ['6', '8', '10', '12', '14']],
  ['RequireEncryption', ['False', 'True']],
  ['BitLockerEnabled', ['False', 'True']],
  ['FirewallEnabled', ['False', 'True']],
  ['OsMinimumVersion', ['10.0.19045', '10.0.22631', '10.0.26100', NONE]],
  ['PasswordExpirationDays', ['60', '90', '180', '365', NONE]],
  ['QualityUpdatesDeferralPeriodInDays', ['0', '3', '7', '14']],
  ['FeatureUpdatesDeferralPeriodInDays', ['0', '30', '60', '90']],
  ['ScreenLockTimeoutInMinutes', ['5', '10', '15']],
  ['UsbBlocked', ['False', 'True']],
  ['CameraBlocked', ['False', 'True']],
  ['MaximumDevicesPerUser', ['3', '5', '10', '15']],
];

/** The last one of every resource: not a property, but Intune lists it as one. */
export const apiVersion = (random: Random): AuditProperty => property('DeviceManagementAPIVersion', random.pick(versions));

/** Modified properties of an event about a thing. */
export function propertiesOf(random: Random, operation: Operation, thing: Thing): AuditProperty[] {
  if (operation.operationType === 'Get' || operation.operationType === 'Search') return [];
  if (operation.effect === 'create') {
    return [
      property('Id', thing.id),
      property('DisplayName', thing.name),
      property('Description', random.chance(0.5) ? NONE : `Made for ${thing.name}`),
      ...some(random, 3).map(([name, values]) => property(name, random.pick(values))),
      property('$Collection.RoleScopeTagIds[0]', '0'),
      property('Version', '1'),
      apiVersion(random),
    ];
  }
  if (operation.effect === 'patch') {
    const changed = some(random, random.int(1, 3)).map(([name, values]) => {
      const at = random.int(0, values.length - 1);
      return property(name, values[(at + 1) % values.length]!, random.chance(0.1) ? null : values[at]!);
    });
    if (random.chance(0.15)) changed.push(property('$Collection.RoleScopeTagIds[0]', String(random.int(1, 5)), '0'));
    if (random.chance(0.15)) changed.push(property('Description', `Changed for ticket INC${random.int(100_000, 999_999)}`, NONE));
    changed.push(property('Version', String(thing.version), String(thing.version - 1)), apiVersion(random));
    return changed;
  }
  if (operation.effect === 'delete') return [property('Id', null, thing.id), property('DisplayName', NONE, thing.name), apiVersion(random)];
  if (operation.activityType.startsWith('wipe '))
    return [
      property('KeepEnrollmentData', random.pick(['False', 'True'])),
      property('KeepUserData', 'False'),
      property('UseProtectedWipe', 'False'),
      apiVersion(random),
    ];
  if (operation.activityType.startsWith('assignUserToDevice')) return [property('UserPrincipalName', thing.name, NONE), apiVersion(random)];
  if (operation.activityType.startsWith('windowsDefenderScan'))
    return [property('QuickScan', random.pick(['True', 'False'])), apiVersion(random)];
  return random.chance(0.6) ? [apiVersion(random)] : [];
}

/** An assignment of `thing` to a group, to all users or to all devices: its id and properties. */
export function assignment(random: Random, world: World, thing: Thing): { id: string; properties: AuditProperty[] } {
  const roll = random.next();
  const [group, target] =
    roll < 0.12
      ? [ALL_USERS, 'AllLicensedUsersAssignmentTarget']
      : roll < 0.3
        ? [ALL_DEVICES, 'AllDevicesAssignmentTarget']
        : [random.pick(world.groups).id, roll < 0.92 ? 'GroupAssignmentTarget' : 'ExclusionGroupAssignmentTarget'];
  const filter = random.chance(0.15) ? random.pick(world.things('filter')) : null;
  const id = `${thing.id}_${group}`;
  return {
    id,
    properties: [
      property('Target.Type', target),
      ...(target.includes('Group') ? [property('Target.GroupId', group)] : []),
      property('Target.DeviceAndAppManagementAssignmentFilterId', filter?.id ?? NONE),
      property('Target.DeviceAndAppManagementAssignmentFilterType', filter ? 'Include' : 'None'),
      property('Id', id),
      property('Source', 'Direct'),
      property('SourceId', thing.id),
      apiVersion(random),
    ],
  };
}

/** So many different settings. */
function some(random: Random, count: number): (typeof settings)[number][] {
  const from = random.int(0, settings.length - 1);
  return Array.from({ length: count }, (_, i) => settings[(from + i * 5) % settings.length]!);
}
