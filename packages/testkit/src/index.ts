export { databaseClock, type DatabaseClock } from './database-clock.ts';
export { testDatabase } from './databases.ts';
export type { DeliveredRecord, DestinationHarness, DestinationTraits, FaultKind, FaultPlace } from './destination-harness.ts';
export { describeDestination } from './destination-suite.ts';
export { startHalfOpenProxy, type HalfOpenProxy } from './half-open-proxy.ts';
export { startHttpProxy, type HttpProxy } from './http-proxy.ts';
export { auditRecord, auditRecords } from './records.ts';
export { smallDisk, type SmallDisk } from './small-disk.ts';
export { gate, ScriptedDestination } from './scripted-destination.ts';
