import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlink } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { leftBehind } from '../host/leftovers.ts'
import { namespaceEnded, parseNamespaceLink } from '../host/pid-namespaces.ts'
import { sweep } from '../host/sweep.ts'
import { plainPod } from '../plain-pod.ts'
import type { Suite } from '../suite.ts'

/** Processes of a run on a cluster, as seen from outside. */
interface RunningRun {
  /** The command itself: the thin parent. */
  readonly parent: number
  /** The first process of the namespaces. */
  readonly inside: number
}

/** One way in which a run can be ended. */
interface KillCase {
  readonly name: string
  end(run: RunningRun): void
  /** The exit code that the command must have when it can still have one. */
  readonly exitCode: number | null
  /** Nobody is left to clean: the next start does. */
  readonly sweptAtNextStart?: true
}

const cases: readonly KillCase[] = [
  { name: 'Ctrl-C', end: ({ parent }) => process.kill(parent, 'SIGINT'), exitCode: 130 },
  { name: 'SIGTERM', end: ({ parent }) => process.kill(parent, 'SIGTERM'), exitCode: 143 },
  { name: 'kill -9 of the runner', end: ({ parent }) => process.kill(parent, 'SIGKILL'), exitCode: null },
  { name: 'kill -9 of the first process inside', end: ({ inside }) => process.kill(inside, 'SIGKILL'), exitCode: 1 },
  {
    name: 'kill -9 of both',
    end({ parent, inside }) {
      // Stopped first, so that it cannot act on the end of the other.
      process.kill(inside, 'SIGSTOP')
      process.kill(parent, 'SIGKILL')
      process.kill(inside, 'SIGKILL')
    },
    exitCode: null,
    sweptAtNextStart: true,
  },
]

const endTimeoutMs = 30_000

/** Runs the command itself, ends it in every way while a cluster with a pod is up, and looks at what is left. */
export const killCases: Suite = {
  name: 'kills',
  title: `a cluster with a pod leaves nothing when it is ended by ${cases.map(({ name }) => name).join(', ')}`,
  needsNamespaces: true,
  async run({ report, log, signal }) {
    for (const killCase of cases) {
      await report.run(`kills: nothing is left after ${killCase.name}`, log, () => runKillCase(killCase, signal))
      if (signal.aborted) break
    }
  },
}

async function runKillCase(killCase: KillCase, signal: AbortSignal): Promise<void> {
  const program = join(import.meta.dirname, '../main.ts')
  const child = spawn(process.execPath, [...process.execArgv, program, plainPod.name, '--keep'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
    killSignal: 'SIGTERM',
  })
  child.on('error', () => undefined) // the signal's; the exit follows
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>
  const inside = await insideOf(child, signal)
  const pidNamespace = parseNamespaceLink(await readlink(`/proc/${inside}/ns/pid`)) ?? ''
  killCase.end({ parent: child.pid ?? 0, inside })
  const [exitCode] = await exited
  const problems: string[] = []
  if (exitCode !== killCase.exitCode) problems.push(`exit code ${exitCode} instead of ${killCase.exitCode}`)
  if (!(await namespaceEnded(pidNamespace, endTimeoutMs)))
    problems.push(`still running after ${endTimeoutMs / 1_000} s`)
  if (killCase.sweptAtNextStart === true) await sweep()
  problems.push(...(await leftBehind(pidNamespace)))
  if (problems.length > 0) throw new Error(`after ${killCase.name}: ${problems.join(', ')}`)
}

/** Waits until the cluster is kept, and takes the process id from the line that says how to get in. */
async function insideOf(child: ChildProcess, signal: AbortSignal): Promise<number> {
  const said: string[] = []
  if (child.stdout !== null) {
    for await (const text of createInterface({ input: child.stdout })) {
      said.push(text)
      const pid = /nsenter --target (\d+)/.exec(text)?.[1]
      if (pid !== undefined) {
        child.stdout.resume() // what it says from here on is of no interest, but must not fill the pipe
        return Number(pid)
      }
    }
  }
  signal.throwIfAborted()
  throw new Error(`the cluster ended by itself:\n${said.join('\n')}`)
}
