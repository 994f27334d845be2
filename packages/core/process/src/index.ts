export { formatDuration, parseDurationMs } from './duration.ts'
export { describeExit, type ExitReason, exitCodeOf, failedWith } from './exit-reason.ts'
export {
  FeatureGateError,
  type FeatureGateSpec,
  type FeatureGateSpecs,
  featureGatesFlag,
  type ResolveOptions,
  resolveFeatureGates,
} from './feature-gates.ts'
export {
  type EnumerationFlagOptions,
  type FlagMakers,
  type FlagOptions,
  type FlagSpec,
  flag,
  type NumberFlagOptions,
  type StringMapFlagOptions,
} from './flag.ts'
export { flagsAsMarkdown, type ProgramHelp, renderHelp } from './flag-help.ts'
export {
  type FlagsFor,
  type FlagTable,
  type FlagValues,
  groupFlags,
  HelpRequested,
  type ParsedFlags,
  type ParseOptions,
  parseFlags,
  UsageError,
} from './flag-table.ts'
export type { EndpointHandler, EndpointRequest, EndpointResponse, HandleOptions } from './http-answer.ts'
export { createHttpEndpoints, type HttpEndpoints, type HttpEndpointsOptions, serveMetrics } from './http-endpoints.ts'
export { type ListenAddress, parseListenAddress } from './listen-address.ts'
export { type LoggingOptions, loggingFlags } from './logging-flags.ts'
export { writeAll } from './output.ts'
export { serveProfiles } from './profiles.ts'
export { type ProcessContext, type Program, runMain } from './run-main.ts'
export { type GeneralOptions, generalFlags } from './shared-flags.ts'
export { packageVersion } from './version.ts'
