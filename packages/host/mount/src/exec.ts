import { type ChildProcess, spawn } from 'node:child_process'
import { type Clock, systemClock } from '@csi-ts/concurrency'

/** How a command ended. */
export interface ExecResult {
  /** Exit code; `undefined` when a signal ended it. */
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** What it printed, cut at the limit. */
  readonly stdout: string
  readonly stderr: string
  /** Some output was dropped. */
  readonly truncated: boolean
}

/** Limits of one command. */
export interface ExecOptions {
  /** After this long the command is killed. No default: whoever starts a command says how long it may take. */
  readonly timeoutMs: number
  /** Kept per stream; the rest is read and dropped. Default 65,536. */
  readonly maxOutputBytes?: number
}

/** Runs a program of the host. Arguments are an array: there is no shell anywhere. */
export interface Exec {
  /**
   * Runs to the end, whatever the exit code.
   *
   * @throws ExecStartError when the program cannot be started.
   * @throws ExecTimeoutError when it did not end in time.
   * @throws the signal's reason when that fired; the command has been killed.
   */
  run(
    command: string,
    args: readonly string[],
    options: ExecOptions,
    ctx: { readonly signal: AbortSignal },
  ): Promise<ExecResult>
}

/** The program is not there or may not be run. */
export class ExecStartError extends Error {
  override readonly name = 'ExecStartError'
}

/** The program did not end in time and was killed. */
export class ExecTimeoutError extends Error {
  override readonly name = 'ExecTimeoutError'
  /** Set when the kill had no effect: a child in uninterruptible sleep. Resolves when it is gone at last. */
  readonly hung: Promise<void> | undefined

  constructor(message: string, hung?: Promise<void>) {
    super(message)
    this.hung = hung
  }
}

/** Options of {@link createExec}. */
export interface CreateExecOptions {
  readonly clock?: Clock
  /** Environment of every command, whole. Default: the usual PATH of an administrator and `LC_ALL=C`. */
  readonly env?: Readonly<Record<string, string>>
  /** Sent on timeout and abort. Default SIGKILL. */
  readonly killSignal?: NodeJS.Signals
  /** How long a killed command may take to disappear before it counts as hung. Default 1,000. */
  readonly killGraceMs?: number
}

const defaultEnv = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' }

/**
 * A helper that a command leaves behind (mount.nfs starts rpc.statd) keeps the output pipe open: after the exit, wait
 * this long for the rest and no longer.
 */
const drainMs = 200

/** {@link Exec} over `child_process`. */
export function createExec(options: CreateExecOptions = {}): Exec {
  const { clock = systemClock, env = defaultEnv, killSignal = 'SIGKILL', killGraceMs = 1_000 } = options
  return {
    async run(command, args, { timeoutMs, maxOutputBytes = 65_536 }, { signal }) {
      signal.throwIfAborted()
      const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'], env })
      const stdout = collect(child.stdout, maxOutputBytes)
      const stderr = collect(child.stderr, maxOutputBytes)
      const exited = exitOf(child, command)

      const stop = Promise.withResolvers<'timeout' | 'aborted'>()
      const timer = clock.setTimer(timeoutMs, () => stop.resolve('timeout'))
      const onAbort = (): void => stop.resolve('aborted')
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        const first = await Promise.race([exited, stop.promise])
        if (typeof first === 'object') {
          await atMost(clock, drainMs, Promise.all([stdout.ended, stderr.ended]))
          return { ...first, stdout: stdout.text(), stderr: stderr.text(), truncated: stdout.cut() || stderr.cut() }
        }
        child.kill(killSignal)
        const gone = exited.then(() => undefined)
        const ended = await atMost(clock, killGraceMs, gone)
        if (first === 'aborted') signal.throwIfAborted()
        if (ended) throw new ExecTimeoutError(`${command} did not end within ${timeoutMs} ms and was killed`)
        throw new ExecTimeoutError(`${command} did not end within ${timeoutMs} ms and cannot be killed`, gone)
      } finally {
        timer.cancel()
        signal.removeEventListener('abort', onAbort)
        child.stdout.destroy()
        child.stderr.destroy()
        // A child that cannot be killed must not keep this process alive.
        child.unref()
      }
    },
  }
}

function exitOf(child: ChildProcess, command: string): Promise<Pick<ExecResult, 'exitCode' | 'signal'>> {
  const { promise, resolve, reject } = Promise.withResolvers<Pick<ExecResult, 'exitCode' | 'signal'>>()
  child.once('exit', (code, by) => resolve({ exitCode: code ?? undefined, signal: by ?? undefined }))
  child.once('error', (cause) => reject(new ExecStartError(`cannot start ${command}: ${cause.message}`, { cause })))
  return promise
}

function collect(stream: NodeJS.ReadableStream, maxBytes: number) {
  const chunks: Buffer[] = []
  let keptBytes = 0
  let dropped = false
  const ended = Promise.withResolvers<void>()
  stream.on('data', (chunk: Buffer) => {
    const kept = chunk.subarray(0, maxBytes - keptBytes)
    dropped ||= kept.length < chunk.length
    if (kept.length > 0) chunks.push(kept)
    keptBytes += kept.length
  })
  stream.once('close', () => ended.resolve())
  stream.once('error', () => ended.resolve())
  return { ended: ended.promise, text: () => Buffer.concat(chunks).toString('utf8'), cut: () => dropped }
}

/** Whether the promise settled within the time. */
async function atMost(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  const late = Promise.withResolvers<false>()
  const timer = clock.setTimer(ms, () => late.resolve(false))
  try {
    return await Promise.race([promise.then(() => true), late.promise])
  } finally {
    timer.cancel()
  }
}
