import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FromInside, RunMessage, ToInside } from './messages.ts'

/** How long the program inside may take to end the cluster before the kernel ends it. */
const graceMs = 20_000

/** Options of {@link runInNamespaces}. */
export interface RunInNamespacesOptions {
  readonly message: RunMessage
  onMessage(message: FromInside, inside: Inside): void
  /** Ends the cluster gently. */
  readonly signal: AbortSignal
  /** Ends it at once. */
  readonly killSignal: AbortSignal
}

/** The program in its namespaces, seen from outside. */
export interface Inside {
  /** Process id, on this machine, of the namespaces' first process; for `nsenter`. */
  pid(): Promise<number>
}

/** How the program inside has ended. */
export interface InsideEnd {
  readonly code: number | null
  readonly signal: string | null
}

/**
 * Runs the program inside mount, network and pid namespaces of its own and resolves when all three are gone. The
 * program is the first process of the pid namespace: with it the kernel ends everything that was started there.
 * `--kill-child` ties it to `unshare`; the message channel ties it to this process: when this process is gone, however
 * it ended, the channel closes and the program ends the cluster by itself.
 */
export async function runInNamespaces(options: RunInNamespacesOptions): Promise<InsideEnd> {
  const namespaces = ['--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation', 'private']
  const program = join(import.meta.dirname, '../inside/main.ts')
  const log = openSync(join(options.message.logs, 'inside.log'), 'a')
  let child: ChildProcess
  try {
    // A session of its own: Ctrl-C reaches this process alone, which then decides.
    child = spawn('unshare', [...namespaces, '--', process.execPath, ...process.execArgv, program], {
      stdio: ['ignore', log, log, 'ipc'],
      detached: true,
      cwd: '/',
    })
  } finally {
    closeSync(log)
  }
  const ended = once(child, 'exit') as Promise<[number | null, string | null]>
  ended.catch(() => undefined)
  await once(child, 'spawn')
  const inside: Inside = { pid: () => childOf(child.pid ?? 0) }
  child.on('message', (message) => options.onMessage(message as FromInside, inside))
  child.on('error', () => undefined) // a channel that closes while a message is on its way
  send(child, options.message)

  let timer: NodeJS.Timeout | undefined
  const kill = () => child.kill('SIGKILL')
  const stop = () => {
    send(child, { kind: 'stop', why: String(options.signal.reason) })
    timer = setTimeout(kill, graceMs)
  }
  listen(options.signal, stop)
  listen(options.killSignal, kill)
  const [code, signal] = await ended
  clearTimeout(timer)
  options.signal.removeEventListener('abort', stop)
  options.killSignal.removeEventListener('abort', kill)
  return { code, signal }
}

function send(child: ChildProcess, message: ToInside): void {
  if (child.connected) child.send(message)
}

function listen(signal: AbortSignal, then: () => void): void {
  if (signal.aborted) then()
  else signal.addEventListener('abort', then)
}

/** `unshare --fork` has exactly one child. */
async function childOf(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')).trim())
}
