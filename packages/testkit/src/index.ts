export { testDatabase } from './databases.ts';
export { auditRecord, auditRecords } from './records.ts';
export { gate, ScriptedDestination } from './scripted-destination.ts';
