// One candidate of an election. While it leads it acts every few milliseconds and says so on standard output:
// {"event":"act","term":1,"atMs":…,"holds":true}, with the system's monotonic clock, which all processes share.
// Arguments: cluster configuration as JSON, lease name, identity, lease duration, renew deadline and retry period in ms.
import process from 'node:process'
import { sleep } from '@csi-ts/concurrency'
import { type ClusterConfig, createKubeClient } from '@csi-ts/kube-client'
import { createLeaderElector } from '@csi-ts/kube-controller'
import { silentLogger } from '@csi-ts/telemetry'
import { monotonicMs } from './monotonic-ms.ts'

const actEveryMs = 5

const [config = '{}', name = '', identity = '', leaseDurationMs, renewDeadlineMs, retryPeriodMs] = process.argv.slice(2)
const client = createKubeClient({ config: JSON.parse(config) as ClusterConfig, userAgent: `bench/${identity}` })
const ctx = { signal: new AbortController().signal, log: silentLogger }
// Its parent is gone.
process.stdin.resume().on('end', () => process.exit())
process.stdout.write('{"event":"started"}\n')

for (let term = 1; ; term += 1) {
  // A real candidate ends when it has lost, and is started again: a new elector is the same without the wait.
  const elector = createLeaderElector({
    client,
    lease: { namespace: 'default', name },
    identity,
    leaseDurationMs: Number(leaseDurationMs),
    renewDeadlineMs: Number(renewDeadlineMs),
    retryPeriodMs: Number(retryPeriodMs),
    releaseOnExit: false,
    drainMs: 0,
    log: silentLogger,
  })
  await elector.run(ctx, async ({ signal }) => {
    while (!signal.aborted) {
      // Taken before the question: what is true afterwards was true then.
      const atMs = monotonicMs()
      const holds = elector.isLeader()
      process.stdout.write(`${JSON.stringify({ event: 'act', term, atMs, holds })}\n`)
      await sleep(actEveryMs, { signal }).catch(() => undefined)
    }
  })
}
