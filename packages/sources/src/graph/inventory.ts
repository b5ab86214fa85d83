import { categoryId, type NewRecord } from '@weir/contract';
import type { Source } from '@weir/engine';
import { extractFields } from '../map/extract.ts';
import { graphPages, type GraphOptions } from './client.ts';

/** A Graph `managedDevice`, as far as it is used. */
interface ManagedDevice {
  id: string;
  deviceName?: string | null;
  userPrincipalName?: string | null;
  userDisplayName?: string | null;
  userId?: string | null;
  operatingSystem?: string | null;
  osVersion?: string | null;
  complianceState?: string | null;
  managedDeviceOwnerType?: string | null;
  lastSyncDateTime?: string | null;
  enrolledDateTime?: string | null;
  model?: string | null;
  manufacturer?: string | null;
  serialNumber?: string | null;
  azureADDeviceId?: string | null;
  isEncrypted?: boolean | null;
}
interface EnrollmentEvent {
  id: string;
  eventDateTime: string;
  correlationId?: string | null;
  managedDeviceIdentifier?: string | null;
  operatingSystem?: string | null;
  osVersion?: string | null;
  userId?: string | null;
  deviceId?: string | null;
  enrollmentType?: string | null;
  failureCategory?: string | null;
  failureReason?: string | null;
}

const pascal = (value: string | null | undefined): string | null => (value ? value[0]!.toUpperCase() + value.slice(1) : null);
const record = (category: string, id: string, time: string, body: Record<string, unknown>): NewRecord => ({
  category: categoryId('microsoft.intune', category),
  id,
  time,
  body: JSON.stringify(body),
  original: null,
  fields: extractFields(body),
});

/** The inventory as Intune routes it: a record for each device, once a day. Graph shows only today's, so there is no history. */
function snapshotSource(
  options: GraphOptions,
  id: string,
  category: string,
  properties: (d: ManagedDevice) => Record<string, unknown>,
): Source {
  return {
    id,
    category: categoryId('microsoft.intune', category),
    historyDays: 0,
    async *read(tenantId, _from, to, signal) {
      const day = to.toISOString().slice(0, 10);
      const time = `${day}T00:00:00.0000000Z`;
      for await (const page of graphPages<ManagedDevice>(
        options,
        tenantId,
        '/v1.0/deviceManagement/managedDevices?$top=500',
        'DeviceManagementManagedDevices.Read.All',
        signal,
      )) {
        yield page.map((d) =>
          record(category, `${d.id}/${day}`, time, {
            time,
            tenantId,
            category,
            operationName: category,
            resultType: 'None',
            properties: { ...properties(d), BatchId: day },
          }),
        );
      }
    },
  };
}

/** Failed enrollments from Graph's troubleshooting events, as OperationalLogs. */
function enrollmentSource(options: GraphOptions): Source {
  return {
    id: 'graph.troubleshootingEvents',
    category: 'microsoft.intune/OperationalLogs',
    historyDays: 30,
    async *read(tenantId, from, to, signal) {
      const query = new URLSearchParams({
        $filter: `eventDateTime ge ${from.toISOString()} and eventDateTime lt ${to.toISOString()}`,
        $top: '500',
      });
      for await (const page of graphPages<EnrollmentEvent>(
        options,
        tenantId,
        `/v1.0/deviceManagement/troubleshootingEvents?${query}`,
        'DeviceManagementManagedDevices.Read.All',
        signal,
      )) {
        yield page
          .filter((e) => Date.parse(e.eventDateTime) >= from.getTime() && Date.parse(e.eventDateTime) < to.getTime())
          .map((e) =>
            record('OperationalLogs', e.id, e.eventDateTime, {
              time: e.eventDateTime,
              tenantId,
              category: 'OperationalLogs',
              operationName: 'Enrollment',
              resultType: e.failureCategory ? 'Failure' : 'Success',
              correlationId: e.correlationId ?? null,
              properties: {
                AADTenantId: tenantId,
                IntuneUserId: e.userId ?? null,
                IntuneDeviceId: e.managedDeviceIdentifier ?? null,
                AADDeviceId: e.deviceId ?? null,
                OperationalLogCategory: 'DeviceEnrollment',
                EnrollmentTimeUTC: e.eventDateTime,
                EnrollmentType: pascal(e.enrollmentType),
                Os: e.operatingSystem ?? null,
                OsVersion: e.osVersion ?? null,
                FailureCategory: pascal(e.failureCategory) ?? 'Not Applicable',
                FailureReason: e.failureReason ?? 'None',
                MessageId: e.id,
                ScenarioName: 'Microsoft.Management.Services.Diagnostics.SLAEvents.EnrollmentSLAEvent',
              },
            }),
          );
      }
    },
  };
}

/** Sources of the categories beside the audit log. */
export const inventorySources = (options: GraphOptions): Source[] => [
  enrollmentSource(options),
  snapshotSource(options, 'graph.managedDevices', 'Devices', (d) => ({
    DeviceId: d.id,
    DeviceName: d.deviceName ?? null,
    UPN: d.userPrincipalName ?? null,
    LastContact: d.lastSyncDateTime ?? null,
    OSVersion: d.osVersion ?? null,
    OS: d.operatingSystem ?? null,
    CompliantState: pascal(d.complianceState),
    Ownership: pascal(d.managedDeviceOwnerType),
    Model: d.model ?? null,
    SerialNumber: d.serialNumber ?? null,
    Manufacturer: d.manufacturer ?? null,
    EncryptionStatusString: d.isEncrypted == null ? null : pascal(String(d.isEncrypted)),
    CreatedDate: d.enrolledDateTime ?? null,
    ReferenceId: d.azureADDeviceId ?? null,
  })),
  snapshotSource(options, 'graph.deviceCompliance', 'DeviceComplianceOrg', (d) => ({
    DeviceId: d.id,
    DeviceName: d.deviceName ?? null,
    UPN: d.userPrincipalName ?? null,
    UserName: d.userDisplayName ?? null,
    UserId: d.userId ?? null,
    ComplianceState: pascal(d.complianceState),
    OS: d.operatingSystem ?? null,
    OSVersion: d.osVersion ?? null,
    OwnerType: pascal(d.managedDeviceOwnerType),
    LastContact: d.lastSyncDateTime ?? null,
    SerialNumber: d.serialNumber ?? null,
  })),
];
