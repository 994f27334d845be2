import type { Scenario } from '@csi-ts/kube-cluster/port'
import { createKubernetesCluster, type KubernetesClusterOptions } from '../adapter/kubernetes-cluster.ts'
import type { AuditLog } from '../traces/audit-log.ts'
import { type Trace, toTrace } from '../traces/trace.ts'

/** How a scenario ended. */
export interface ScenarioResult {
  readonly ms: number
  /** Why it failed, with the last lines of the components; undefined when it passed. */
  readonly failure?: string
  /** What its components asked of the API server. */
  readonly trace: Trace
}

/** What {@link runScenario} needs. */
export interface RunScenarioOptions extends KubernetesClusterOptions {
  readonly auditLog: AuditLog
}

/** A scenario waits with time limits of its own; this one is for what hangs all the same. */
const scenarioTimeoutMs = 10 * 60_000

/** Runs one scenario on the cluster, with components of its own, and ends these. */
export async function runScenario(scenario: Scenario, options: RunScenarioOptions): Promise<ScenarioResult> {
  const begun = performance.now()
  const readAudit = await options.auditLog.mark()
  const timeout = new AbortController()
  const timer = setTimeout(() => timeout.abort(new Error('took longer than 10 minutes')), scenarioTimeoutMs)
  const signal = AbortSignal.any([options.signal, timeout.signal])
  await using adapted = await createKubernetesCluster({ ...options, signal })
  let failure: string | undefined
  try {
    await Promise.race([scenario.run(adapted.cluster), rejectedBy(signal)])
  } catch (error) {
    const said = signal.aborted ? endedBy(signal) : describeError(error)
    // A scenario may have said already how its components ended.
    const tails = adapted.tails().filter(({ name }) => !said.includes(`--- ${name}`))
    failure = [said, ...tails.map(({ text }) => text)].join('\n')
  } finally {
    clearTimeout(timer)
  }
  const ms = Math.round(performance.now() - begun)
  return { ms, trace: toTrace(await readAudit()), ...(failure === undefined ? {} : { failure }) }
}

/** Rejects with the signal's reason when it fires. */
export function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fire = () => reject(signal.reason as Error)
    if (signal.aborted) fire()
    else signal.addEventListener('abort', fire, { once: true })
  })
}

/** Why a signal has fired, for people: the place where it was fired says nothing. */
export function endedBy(signal: AbortSignal): string {
  return `ended: ${(signal.reason as Error).message}`
}

/** An error for people: its stack when it has one, so that the place in the scenario is there. */
export function describeError(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
