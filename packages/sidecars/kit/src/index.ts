export { checkElectionTimes, optionMistake, rateLimitOf } from './check-options.ts'
export {
  type CommonOptions,
  commonFlags,
  type DriverOptions,
  driverFlags,
  type HttpOptions,
  httpFlags,
  type KubeOptions,
  kubeFlags,
  type LeaderElectionOptions,
  leaderElectionFlags,
} from './common-flags.ts'
export { connectReadyDriver, type ReadyDriver, type ReadyDriverOptions } from './driver-connection.ts'
export { askDriver, type DriverInfo, migratedDrivers, type NodeFacts } from './driver-info.ts'
export { createElection, type Election, type ElectionSettings, electionNeeds } from './election.ts'
export { toLeaseName } from './lease-name.ts'
export { leaderIdentity, leaseNamespace, type PodSurroundings } from './pod-identity.ts'
export { sidecarProgram } from './program.ts'
export { type RbacRules, rbacRules, rbacRulesByScope } from './rbac-rules.ts'
export { runSidecar } from './run-sidecar.ts'
export { type HttpDeps, serveHttp } from './serve-http.ts'
export type { Sidecar, SidecarDeps, SidecarModule } from './sidecar.ts'
