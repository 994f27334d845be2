import { once } from 'node:events'
import { linkSignals } from '@csi-ts/concurrency'
import { canMount, reexecInUserNamespace } from '@csi-ts/mount'
import type { ExitReason, ProcessContext } from '@csi-ts/process'
import { type Logger, silentLogger } from '@csi-ts/telemetry'
import { demonstrateCleanup, demonstrateUse } from './demonstration.ts'
import type { QuickstartOptions } from './flags.ts'
import { type Parts, startParts } from './parts.ts'
import { createStepReporter, type StepReporter } from './step-reporter.ts'
import { createSteps, type RunStep, StepFailedError } from './steps.ts'

/** What quickstart gets of its process: the terminal, and how to start itself again. */
export interface QuickstartTerminal {
  readonly isTerminal: boolean
  readonly write: (text: string) => void
  /** Where the components' own logs go, when they are asked for. */
  readonly componentLog: Logger
  /** Program and arguments of this process. */
  readonly argv: readonly string[]
}

/** Runs the demonstration. Ends with `quickstart: ok` and exit 0, or names the step that failed and exits with 1. */
export async function runQuickstart(
  options: QuickstartOptions,
  ctx: ProcessContext,
  terminal: QuickstartTerminal,
): Promise<ExitReason> {
  const rights = await canMount()
  if (!rights.allowed) {
    const exitCode = await reexecInUserNamespace({ argv: terminal.argv, env: ctx.env, signal: ctx.signal })
    return exitCode === 0
      ? { kind: 'finished' }
      : { kind: 'failed', message: 'quickstart failed in its user namespace', exitCode }
  }
  const reporter = createStepReporter({ json: options.json, terminal: terminal.isTerminal, write: terminal.write })
  const step = createSteps(reporter, ctx.clock)
  const logged = { ...ctx, log: options.verbose ? terminal.componentLog : silentLogger }
  try {
    await demonstrate(options, step, reporter, logged)
    return { kind: 'finished' }
  } catch (error) {
    if (ctx.signal.aborted)
      return { kind: 'failed', message: 'quickstart was interrupted; everything it had started is gone' }
    const message = error instanceof StepFailedError ? `quickstart: step ${error.step} failed` : 'quickstart failed'
    return { kind: 'failed', message, ...(error instanceof StepFailedError ? {} : { error }) }
  }
}

async function demonstrate(
  options: QuickstartOptions,
  step: RunStep,
  reporter: StepReporter,
  ctx: ProcessContext,
): Promise<void> {
  // Ctrl-C ends the run, but while everything is kept running it only asks for the way back.
  const interrupt = linkSignals()
  const onSignal = (): void => interrupt.abort(ctx.signal.reason)
  ctx.signal.addEventListener('abort', onSignal)
  const parts = await startParts(options.driverEndpoint, step, { ...ctx, signal: interrupt.signal })
  try {
    const mounted = await demonstrateUse(parts, options.parameters, step)
    if (options.keep) {
      ctx.signal.removeEventListener('abort', onSignal)
      await keep(parts, mounted.mountPath, reporter, ctx.signal)
    }
    await demonstrateCleanup(parts, mounted, step)
    await step('left', 'what is left', async () => {
      const { objects, volumes, mounts } = await parts.left()
      const detail = `${objects} objects, ${volumes} volumes, ${mounts} mounts`
      if (objects + volumes + mounts > 0) throw new Error(detail)
      return { detail, value: undefined }
    })
  } finally {
    ctx.signal.removeEventListener('abort', onSignal)
    await parts.close()
  }
  reporter.note('quickstart: ok')
}

/** Says how to look at what is running, and waits for Ctrl-C. */
async function keep(parts: Parts, mountPath: string, reporter: StepReporter, signal: AbortSignal): Promise<void> {
  reporter.note(`
Everything keeps running. In another terminal:
  export KUBECONFIG=${parts.kubeconfig}
  kubectl get pods,pvc,pv,csinodes,events
  cat ${mountPath}/hello
  curl ${parts.healthUrl}/healthz
The driver listens on unix://${parts.driverSocket}. Ctrl-C takes everything down.`)
  if (!signal.aborted) await once(signal, 'abort')
}
