import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { startEmbeddedKubernetes } from '@csi-ts/kube-cluster'
import type { Scenario } from '@csi-ts/kube-cluster/port'
import { createLogger, type Logger } from '@csi-ts/telemetry'
import { componentCommand } from '@csi-ts/tools/components'
import { componentRoles } from '../adapter/component-roles.ts'
import { allowedDifferences } from './allowed-differences.ts'
import { compareTraces, type Trace, toTrace } from './trace.ts'

/** What {@link differenceOnEmbedded} needs. */
export interface EmbeddedRunOptions {
  /** Folder for logs. */
  readonly logs: string
  /** Environment of the components. */
  readonly env: Readonly<Record<string, string>>
}

/**
 * Runs a scenario on an embedded cluster and compares what its components ask there with a trace of the real one.
 *
 * @returns how they differ, undefined when they do not; or why the scenario failed.
 */
export async function differenceOnEmbedded(
  scenario: Scenario,
  real: Trace,
  { logs, env }: EmbeddedRunOptions,
): Promise<string | undefined> {
  const stream = createWriteStream(join(logs, 'embedded.log'), { flags: 'a' })
  const log = createLogger({ format: 'text', verbosity: 2, write: (line) => stream.write(line) })
  try {
    const embedded = await traceOnEmbedded(scenario, log, env)
    const differences = compareTraces(scenario.name, { embedded, real }, allowedDifferences)
    return differences.length === 0 ? undefined : differences.join('\n')
  } catch (error) {
    return `on the embedded cluster: ${(error as Error).message}`
  } finally {
    await new Promise((resolve) => stream.end(resolve))
  }
}

async function traceOnEmbedded(scenario: Scenario, log: Logger, env: Readonly<Record<string, string>>): Promise<Trace> {
  await using cluster = await startEmbeddedKubernetes({ log, command: componentCommand, env })
  await scenario.run(cluster)
  const agents = Object.values(componentRoles).map(({ account }) => `${account}/`)
  const requests = cluster.requests.all()
  return toTrace(requests.filter(({ userAgent }) => agents.some((agent) => userAgent.startsWith(agent))))
}
