/**
 * Log providers and their categories: what a diagnostic setting can tick.
 * Names are the ARM names (`Devices`, not the table's `IntuneDevices`); the list is open: imports may bring others.
 */
export type LogProvider = 'microsoft.intune' | 'microsoft.aadiam' | 'weir';

export interface CategoryInfo {
  readonly provider: LogProvider;
  /** ARM name, e.g. `AuditLogs`. */
  readonly name: string;
  /** What the form says beside the box. */
  readonly description: string;
  /** Custom table in a Log Analytics workspace. The built-in tables refuse the Logs Ingestion API. */
  readonly table: string;
}

export const categories: readonly CategoryInfo[] = [
  {
    provider: 'microsoft.intune',
    name: 'AuditLogs',
    table: 'IntuneAuditLogs_CL',
    description: 'Every activity that generates a change in Intune: create, update, delete, assign and remote actions.',
  },
  {
    provider: 'microsoft.intune',
    name: 'OperationalLogs',
    table: 'IntuneOperationalLogs_CL',
    description: 'Users and devices that enrolled or failed to enroll, and devices that are not compliant.',
  },
  {
    provider: 'microsoft.intune',
    name: 'DeviceComplianceOrg',
    table: 'IntuneDeviceComplianceOrg_CL',
    description: 'The organizational report of device compliance, sent once a day.',
  },
  {
    provider: 'microsoft.intune',
    name: 'Devices',
    table: 'IntuneDevices_CL',
    description: 'The inventory of managed devices, sent once a day.',
  },
  {
    provider: 'weir',
    name: 'AdminCenterLogs',
    table: 'WeirAdminCenterLogs_CL',
    description: 'What admins did in this admin center: settings, exports, sign-in denials.',
  },
];

/** A category's identity in the log: `<provider>/<name>`, e.g. `microsoft.intune/AuditLogs`. */
export type CategoryId = string;
export const categoryId = (provider: string, name: string): CategoryId => `${provider}/${name}`;
/** Splits a category id; a name never holds a slash. */
export const splitCategoryId = (id: CategoryId): { provider: string; name: string } => {
  const at = id.indexOf('/');
  return { provider: id.slice(0, at), name: id.slice(at + 1) };
};
export const categoriesOf = (provider: string): readonly CategoryInfo[] => categories.filter((c) => c.provider === provider);
/** The Log Analytics custom table of a category; unknown categories get `<Name>_CL`. */
export const tableOf = (provider: string, name: string): string =>
  categories.find((c) => c.provider === provider && c.name === name)?.table ?? `${name.replaceAll(/[^A-Za-z0-9_]/g, '')}_CL`;

export const INTUNE_AUDIT = 'microsoft.intune/AuditLogs';
export const ADMIN_CENTER = 'weir/AdminCenterLogs';
