export { testDatabase } from './databases.ts';
export { auditRecord, auditRecords } from './records.ts';
