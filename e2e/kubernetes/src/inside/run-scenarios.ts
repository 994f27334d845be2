import { join } from 'node:path'
import { seconds } from '../binaries/build-progress.ts'
import { scratchFolder } from '../cluster/layout.ts'
import { createProcesses, type Processes } from '../cluster/processes.ts'
import { type RunningCluster, startCluster } from '../cluster/start-cluster.ts'
import { createCgroupRoot } from '../host/cgroups.ts'
import { ownPidNamespace } from '../host/pid-namespaces.ts'
import { cgroupRootFor, hostHierarchies, removeWhenEmpty } from '../host/sweep.ts'
import type { RunMessage } from '../runner/messages.ts'
import { findScenario, runsEverywhere } from '../scenarios.ts'
import { createAuditLog } from '../traces/audit-log.ts'
import { differenceOnEmbedded } from '../traces/embedded-trace.ts'
import { prepareNamespace } from './prepare-namespace.ts'
import { describeError, endedBy, rejectedBy, runScenario } from './run-scenario.ts'
import type { RunnerChannel } from './runner-channel.ts'

/**
 * Starts the cluster, runs the scenarios one after the other, reports each, and ends the cluster.
 *
 * @param path the PATH that the cluster's processes get.
 * @returns the exit code: 0 when every scenario passed.
 */
export async function runScenarios(message: RunMessage, runner: RunnerChannel, path: string): Promise<number> {
  const pidNamespace = await ownPidNamespace()
  runner.send({ kind: 'started', pidNamespace })
  const started = performance.now()
  const line = (text: string) =>
    runner.send({ kind: 'line', text: `${seconds(performance.now() - started).padStart(7)}  ${text}` })
  const cgroupRoot = cgroupRootFor(pidNamespace)
  const hierarchies = await hostHierarchies()
  let passed = false
  try {
    await prepareNamespace(message.repository)
    await createCgroupRoot(hierarchies, cgroupRoot)
    const env = { PATH: path, HOME: '/root', TMPDIR: join(scratchFolder, 'tmp') }
    const processes = createProcesses({ logFolder: message.logs, env })
    const cluster = await startCluster({
      binaries: new Map(message.binaries),
      processes,
      path,
      cgroupRoot,
      filesFolder: join(scratchFolder, 'files'),
      auditLog: auditLogIn(message.logs),
      onStep: line,
      signal: runner.stop,
    })
    passed = await runEach(message, runner, { cluster, processes, env }, line)
    if (message.keep) await keep(message, runner, cluster)
  } catch (error) {
    passed = false
    runner.send({ kind: 'broken', failure: runner.stop.aborted ? endedBy(runner.stop) : describeError(error) })
  } finally {
    // This is the first process of the namespace: -1 is every other process in it and none outside.
    killEveryoneElse()
    await removeWhenEmpty(hierarchies, cgroupRoot)
  }
  return passed ? 0 : 1
}

/** What scenarios are run with. */
interface Ground {
  readonly cluster: RunningCluster
  readonly processes: Processes
  readonly env: Readonly<Record<string, string>>
}

async function runEach(
  { scenarios, logs }: RunMessage,
  runner: RunnerChannel,
  { cluster, processes, env }: Ground,
  line: (text: string) => void,
): Promise<boolean> {
  let passed = true
  const signal = AbortSignal.any([runner.stop, processes.broken])
  const auditLog = createAuditLog(auditLogIn(logs))
  const report = (scenario: string, ms: number, failure: string | undefined) => {
    const ok = failure === undefined
    runner.send({ kind: 'result', scenario, ok, ms, ...(ok ? {} : { failure }) })
    passed &&= ok
  }
  for (const name of scenarios) {
    const scenario = findScenario(name)
    line(`${name}: ${scenario.title}`)
    const { ms, failure, trace } = await runScenario(scenario, { running: cluster, processes, signal, logs, auditLog })
    report(name, ms, failure)
    if (signal.aborted) break
    if (failure !== undefined || !runsEverywhere(scenario)) continue
    const begun = performance.now()
    const difference = await differenceOnEmbedded(scenario, trace, { logs, env })
    report(`${name}: the same requests as on the embedded cluster`, Math.round(performance.now() - begun), difference)
  }
  return passed
}

function auditLogIn(logs: string): string {
  return join(logs, 'audit.log')
}

async function keep(message: RunMessage, runner: RunnerChannel, cluster: RunningCluster): Promise<void> {
  const kubectl = new Map(message.binaries).get('kubectl') ?? ''
  runner.send({ kind: 'keeping', kubeconfig: cluster.files.kubeconfigs.admin, kubectl })
  await rejectedBy(runner.stop).catch(() => undefined)
}

function killEveryoneElse(): void {
  if (process.pid !== 1) throw new Error('refusing to kill: not the first process of a namespace')
  try {
    process.kill(-1, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error // nobody else is there
  }
}
