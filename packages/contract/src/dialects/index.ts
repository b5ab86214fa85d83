export {
  ARM_API_VERSION,
  armBody,
  armPath,
  armProperties,
  armTarget,
  INTUNE_NAMESPACE,
  settingFromArm,
  settingInputOf,
  type ArmFault,
  type ArmProperties,
} from './arm.ts';
export { MAX_GRAPH_CONDITIONS, MAX_GRAPH_FILTER, toGraphOptions, toGraphRequest } from './graph.ts';
export { toKql } from './kql.ts';
export {
  asCode,
  codeKinds,
  codeTargets,
  fileEntry,
  fileOf,
  secretVariable,
  unsaid,
  type Code,
  type CodeKind,
  type CodeTarget,
} from './as-code/index.ts';
export { howToRun } from './as-code/run.ts';
