import { dirname, join } from 'node:path'
import type { ProgressOutput } from '../binaries/build-progress.ts'
import type { BinaryPaths } from '../binaries/ensure-binaries.ts'
import { leftBehind } from '../host/leftovers.ts'
import { namespaceEnded } from '../host/pid-namespaces.ts'
import { sweep } from '../host/sweep.ts'
import type { EndSignals } from './end-signals.ts'
import type { FromInside } from './messages.ts'
import type { Report } from './report.ts'
import { type Inside, runInNamespaces } from './run-in-namespaces.ts'

/** What {@link runOnCluster} is told. */
export interface RunOnClusterOptions {
  readonly scenarios: readonly string[]
  readonly keep: boolean
  readonly binaries: BinaryPaths
  readonly logs: string
  readonly end: EndSignals
  readonly log: ProgressOutput
  readonly report: Report
}

const endTimeoutMs = 30_000
const repository = join(import.meta.dirname, '../../../..')

/** Starts a cluster, has the scenarios run on it, shows what happens, and makes sure that nothing is left of it. */
export async function runOnCluster(options: RunOnClusterOptions): Promise<void> {
  const { scenarios, keep, binaries, logs, end, log, report } = options
  let pidNamespace: string | undefined
  function show(message: FromInside, inside: Inside): void {
    switch (message.kind) {
      case 'started':
        pidNamespace = message.pidNamespace
        break
      case 'line':
        log.write(`${message.text}\n`)
        break
      case 'result':
        log.write(`${report.add(message)}\n`)
        break
      case 'broken':
        report.addFailure()
        log.write(`${message.failure}\n`)
        break
      case 'keeping':
        void inside.pid().then((pid) => log.write(howToGetIn(pid, message.kubeconfig, message.kubectl)))
    }
  }
  const message = { kind: 'run', scenarios, keep, binaries: [...binaries], repository, logs } as const
  const ended = await runInNamespaces({ message, onMessage: show, signal: end.stop, killSignal: end.kill })
  // Whoever ended first, `unshare` or the program: the kernel may still be at work on the others.
  if (pidNamespace !== undefined) await namespaceEnded(pidNamespace, endTimeoutMs)
  await sweep()
  for (const thing of pidNamespace === undefined ? [] : await leftBehind(pidNamespace)) {
    report.addFailure()
    log.write(`left behind: ${thing}\n`)
  }
  if (ended.code !== 0 && !report.hasFailure) {
    report.addFailure()
    log.write(`the cluster ended with ${ended.signal ?? `exit code ${ended.code}`}\n`)
  }
  if (report.hasFailure) log.write(`logs: ${logs}\n`)
}

function howToGetIn(pid: number, kubeconfig: string, kubectl: string): string {
  const enter = `nsenter --target ${pid} --mount --net --pid env KUBECONFIG=${kubeconfig}`
  return `the cluster stays until Ctrl-C
KUBECONFIG=${kubeconfig} (inside its namespaces)
get in:  ${enter} PATH=${dirname(kubectl)}:$PATH bash
or just: ${enter} ${kubectl} get pods --all-namespaces
`
}
