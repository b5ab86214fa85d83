export * as session from './session.ts';
export * as auditLogs from './audit-logs.ts';
export * as exports from './exports.ts';
export * as deliveries from './deliveries.ts';
export * as settings from './settings.ts';
export * as azure from './azure.ts';
export * as views from './views.ts';
export * as timeline from './timeline.ts';
