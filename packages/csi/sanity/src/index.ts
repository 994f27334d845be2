export type { CaseContext } from './case-context.ts'
export { conformanceCases } from './cases/index.ts'
export { ConformanceError, check, checkEqual, checkMessage, checkRejects, checkSettled } from './check.ts'
export { createCommandPaths, type PathCommands } from './command-paths.ts'
export type { ConformanceCase, Gate, Need } from './conformance-case.ts'
export { type DriverFacts, readDriverFacts } from './driver-facts.ts'
export { type GateInputs, reasonToSkip } from './gate.ts'
export { localPaths, type PathKind, type Paths } from './paths.ts'
export {
  attach,
  attachRequest,
  publish,
  publishRequest,
  type StagedVolume,
  stage,
  tryPublish,
  unpublish,
} from './place-volume.ts'
export {
  countResults,
  formatResult,
  formatSummary,
  type ResultCounts,
  toJsonReport,
  toJunitReport,
} from './report.ts'
export { type CaseResult, type RunSuiteOptions, runCase, runSuite } from './run-suite.ts'
export { type AccessType, defaultSuiteOptions, type SecretsByRpc, type SuiteOptions } from './suite-options.ts'
export { type Selection, selectCases } from './suite-selection.ts'
export type { DriverClients, SuiteTarget } from './suite-target.ts'
