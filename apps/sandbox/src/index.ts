export { startCloud, type Cloud, type CloudOptions, type Described } from './cloud.ts';
export { nodeOptionsOf } from './launcher/children.ts';
export { AUDIT_READER_GROUP, directories, people, type Directory, type Person } from './people.ts';
export { choosePorts, type Ports } from './ports.ts';
export { dataDir, readRunning, runningFile, tokenFor, type Running } from './running.ts';
export type { Faults, Misbehaviour, Service } from './faults/index.ts';
export { generateAuditEvents, type AuditEvent } from './simulation/index.ts';
