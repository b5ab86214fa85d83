export * from './alerts.ts';
export * from './audit.ts';
export * from './categories.ts';
export * from './client.ts';
export * from './cost/index.ts';
export * from './destinations/choosing.ts';
export * from './destinations/form.ts';
export * from './destinations/index.ts';
export * from './endpoint.ts';
export * as endpoints from './endpoints/index.ts';
export type { AuthConfig, Me } from './endpoints/session.ts';
export { auditFilter, LAST_VALUES, liveLimits, liveLine, type AuditFilter, type LiveLine } from './endpoints/audit-logs.ts';
export {
  defaultExportColumns,
  exportColumnIds,
  exportColumns,
  MAX_CHOSEN_RECORDS,
  MAX_PACK_RECORDS,
  type ExportColumn,
  type ExportFormat,
  type ExportJob,
  type ExportRequest,
} from './endpoints/exports.ts';
export { duplicatesOf, type DeliveryDetail, type ReplayFromInput, type ReplayView } from './endpoints/deliveries.ts';
export { newWorkspace, type AzureResource, type AzureResources } from './endpoints/azure.ts';
export type { LogKeeping } from './endpoints/log-retention.ts';
export type { SavedView } from './endpoints/views.ts';
export type { TimelineItem } from './endpoints/timeline.ts';
export * from './permissions.ts';
export * from './problem.ts';
export * from './query/index.ts';
export * from './reading/index.ts';
export * from './reading/timeline.ts';
export type * from './reading/timeline-types.ts';
export * from './record.ts';
export * from './setting-pages.ts';
export * from './trials.ts';
export * from './setting-rules.ts';
export * from './settings.ts';
export * from './status.ts';
export * from './shaping.ts';
export type { Home, HomeMatter, HomeMatterView } from './endpoints/home.ts';
