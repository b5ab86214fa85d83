import { createHash } from 'node:crypto';
import { graphTime } from './events.ts';
import type { Random } from './random.ts';
import type { Device, World } from './world.ts';

/** Graph's `managedDevice`, as far as the sandbox fills it. https://learn.microsoft.com/graph/api/resources/intune-devices-manageddevice */
export interface ManagedDevice {
  id: string;
  deviceName: string;
  userId: string;
  userPrincipalName: string;
  userDisplayName: string;
  emailAddress: string;
  managedDeviceOwnerType: 'company' | 'personal';
  enrolledDateTime: string;
  lastSyncDateTime: string;
  operatingSystem: string;
  osVersion: string;
  complianceState: 'compliant' | 'noncompliant' | 'inGracePeriod' | 'unknown';
  managementAgent: 'mdm';
  azureADRegistered: boolean;
  azureADDeviceId: string;
  isEncrypted: boolean;
  isSupervised: boolean;
  model: string;
  manufacturer: string;
  serialNumber: string;
  deviceEnrollmentType: string;
}
/** Graph's `enrollmentTroubleshootingEvent`: an enrollment that failed. */
export interface EnrollmentEvent {
  '@odata.type': '#microsoft.graph.enrollmentTroubleshootingEvent';
  id: string;
  eventDateTime: string;
  correlationId: string;
  managedDeviceIdentifier: string;
  operatingSystem: string;
  osVersion: string;
  userId: string;
  deviceId: string;
  enrollmentType: string;
  failureCategory: string;
  failureReason: string;
}

const makes: Record<Device['os'], { maker: string; models: string[]; versions: string[]; enrollment: string }> = {
  Windows: {
    maker: 'Microsoft Corporation',
    models: ['Surface Laptop 6', 'Surface Pro 10', 'Surface Laptop Studio 2'],
    versions: ['10.0.26100.6584', '10.0.26100.4946', '10.0.22631.5909', '10.0.19045.6332'],
    enrollment: 'windowsAzureADJoin',
  },
  macOS: {
    maker: 'Apple',
    models: ['MacBook Pro', 'MacBook Air', 'Mac mini'],
    versions: ['26.0.1 (25A362)', '15.7 (24G222)', '14.8 (23J21)'],
    enrollment: 'appleBulkWithUser',
  },
  iOS: {
    maker: 'Apple',
    models: ['iPhone 15', 'iPhone 16', 'iPad Air'],
    versions: ['26.0.1', '18.7', '17.7.10'],
    enrollment: 'userEnrollment',
  },
  Android: { maker: 'Google', models: ['Pixel 8', 'Pixel 9', 'Galaxy S24'], versions: ['16', '15', '14'], enrollment: 'userEnrollment' },
};
const failures: readonly (readonly [string, string])[] = [
  ['enrollmentRestrictionsEnforced', 'The device type is not allowed by an enrollment restriction.'],
  ['enrollmentRestrictionsEnforced', 'The user has reached the device limit.'],
  ['authentication', 'The user could not be authenticated.'],
  ['authorization', 'The user is not licensed for Intune.'],
  ['accountValidation', 'The account is not allowed to enroll devices.'],
  ['deviceNotSupported', 'The version of the operating system is too old.'],
  ['clientDisconnected', 'The device did not answer in time.'],
  ['userAbandonment', 'The user left the enrollment before it was complete.'],
];
const DAY_MS = 86_400_000;

/** The inventory at a moment. */
export function inventory(random: Random, world: World, at: Date): ManagedDevice[] {
  return world.devices.map((device) => {
    const make = makes[device.os];
    const stale = random.chance(0.05);
    const enrolled = at.getTime() - random.int(20, 900) * DAY_MS - random.int(0, DAY_MS);
    const state = random.next();
    return {
      id: device.id,
      deviceName: device.name,
      userId: device.user.id,
      userPrincipalName: device.user.upn,
      userDisplayName: device.user.name,
      emailAddress: device.user.upn,
      managedDeviceOwnerType: device.os === 'Windows' || device.os === 'macOS' || random.chance(0.4) ? 'company' : 'personal',
      enrolledDateTime: graphTime(enrolled, random.int(0, 9999)),
      lastSyncDateTime: graphTime(at.getTime() - (stale ? random.int(8, 19) * DAY_MS : random.int(0, 10 * 3_600_000)), random.int(0, 9999)),
      operatingSystem: device.os,
      osVersion: random.pick(make.versions),
      complianceState: stale || state < 0.07 ? 'noncompliant' : state < 0.1 ? 'inGracePeriod' : 'compliant',
      managementAgent: 'mdm',
      azureADRegistered: true,
      azureADDeviceId: random.guid(),
      isEncrypted: device.os !== 'Windows' || random.chance(0.94),
      isSupervised: device.os === 'iOS' && random.chance(0.4),
      model: random.pick(make.models),
      manufacturer: make.maker,
      serialNumber: createHash('sha256').update(device.id).digest('hex').slice(0, 12).toUpperCase(),
      deviceEnrollmentType: make.enrollment,
    };
  });
}

/** One enrollment that fails at a moment. */
export function failedEnrollment(random: Random, world: World, at: number): EnrollmentEvent {
  const os = random.pick(world.devices).os;
  const [failureCategory, failureReason] = random.pick(failures);
  return {
    '@odata.type': '#microsoft.graph.enrollmentTroubleshootingEvent',
    id: random.guid(),
    eventDateTime: graphTime(at, random.int(0, 9999)),
    correlationId: random.guid(),
    managedDeviceIdentifier: random.guid(),
    operatingSystem: os,
    osVersion: random.pick(makes[os].versions),
    userId: random.pick(world.users).id,
    deviceId: random.guid(),
    enrollmentType: makes[os].enrollment,
    failureCategory,
    failureReason,
  };
}
