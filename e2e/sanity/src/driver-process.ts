import { type ChildProcess, spawn } from 'node:child_process'
import { connectDriver, waitUntilReady } from '@csi-ts/csi-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** A driver that runs as a process of its own. */
export interface DriverProcess extends AsyncDisposable {
  readonly pid: number
  /** Rejects when the process ends by itself. */
  readonly ended: Promise<never>
  /** The end of what it has printed. */
  output(): string
  /** Sends SIGTERM, after five seconds SIGKILL, and waits. */
  stop(): Promise<void>
}

const keptOutputBytes = 20_000
const graceMs = 5_000

/**
 * Starts a driver and waits until it answers its Probe.
 *
 * @param argv program and arguments, which make it listen on `endpoint`.
 * @throws Error with what it printed when it ends before it is ready.
 */
export async function startDriverProcess(
  argv: readonly string[],
  endpoint: string,
  ctx: WorkContext,
): Promise<DriverProcess> {
  const [command = '', ...args] = argv
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output = keepEnd(child)
  const exited = exitOf(child)
  const ended = exited.then((how): never => {
    throw new Error(`the driver ended by itself (${how}):\n${output()}`)
  })
  ended.catch(() => {}) // whoever races against it hears of it

  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const impatient = setTimeout(() => child.kill('SIGKILL'), graceMs)
    await exited
    clearTimeout(impatient)
  }
  try {
    await Promise.race([ready(endpoint, ctx), ended])
  } catch (error) {
    await stop()
    throw error
  }
  return { pid: child.pid ?? -1, ended, output, stop, [Symbol.asyncDispose]: stop }
}

async function ready(endpoint: string, ctx: WorkContext): Promise<void> {
  const driver = await connectDriver({ address: endpoint, log: ctx.log, signal: ctx.signal })
  try {
    await waitUntilReady(driver, ctx, { probeTimeoutMs: 5_000 })
  } finally {
    driver.close()
  }
}

function exitOf(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => resolve(code === null ? `signal ${signal}` : `exit code ${code}`))
    child.once('error', (error) => resolve(error.message))
  })
}

function keepEnd(child: ChildProcess): () => string {
  let text = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(-keptOutputBytes)
    })
  }
  return () => text
}
