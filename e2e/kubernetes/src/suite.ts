import type { ProgressOutput } from './binaries/build-progress.ts'
import type { BinaryPaths } from './binaries/ensure-binaries.ts'
import type { ScenarioName, SoakOptions } from './parse-options.ts'
import type { Report } from './runner/report.ts'

/** What a suite works with. */
export interface SuiteContext {
  readonly log: ProgressOutput
  /** Takes each of the suite's checks. */
  readonly report: Report
  /** Fires when the command is told to end. */
  readonly signal: AbortSignal
  /** The PATH of processes that the suite starts. */
  readonly path: string
  /** Folder on disk for logs and scratch; those of old runs are deleted by later ones. */
  readonly logs: string
  /** Makes sure that binaries are there, builds them if need be. */
  binaries(names: readonly string[]): Promise<BinaryPaths>
  readonly soak: SoakOptions
}

/** Checks that start what they need themselves, each counted by its own. Scenarios on a whole cluster are no suite. */
export interface Suite extends ScenarioName {
  /** Whether it starts clusters in namespaces, which needs root and the node's packages. */
  readonly needsNamespaces?: true
  /** Rejects when the suite itself broke; checks that fail are told to the report. */
  run(context: SuiteContext): Promise<void>
}
