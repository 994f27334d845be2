import { spawn } from 'node:child_process'
import { createServer } from 'node:net'
import type { RunningComponent } from './port.ts'

/** A program and its arguments. */
export interface Command {
  readonly program: string
  readonly args: readonly string[]
}

/** What a component's process gets besides its command. */
export interface ComponentProcessOptions {
  readonly name: string
  readonly httpUrl: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Receives every piece of output as it arrives, e.g. for a log file. */
  readonly onOutput?: (text: string) => void
}

/** How much of a component's output is kept; the oldest goes first. */
const keptCharacters = 4_000_000

/** Starts a component as a process of its own, which the kernel ends when this one dies before it has stopped it. */
export function startComponentProcess(command: Command, options: ComponentProcessOptions): RunningComponent {
  const child = spawn('setpriv', ['--pdeathsig=KILL', '--', command.program, ...command.args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env,
  })
  let output = ''
  const collect = (chunk: string): void => {
    output = `${output}${chunk}`.slice(-keptCharacters)
    options.onOutput?.(chunk)
  }
  child.stdout.setEncoding('utf8').on('data', collect)
  child.stderr.setEncoding('utf8').on('data', collect)
  const exited = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('error', (error) => {
      collect(`cannot start ${command.program}: ${error.message}\n`)
      resolve({ code: null, signal: null })
    })
    child.on('close', (code, signal) => resolve({ code, signal }))
  })
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.kill(signal)
    await exited
  }
  return {
    name: options.name,
    pid: child.pid ?? -1,
    httpUrl: options.httpUrl,
    exited,
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
    output: () => output,
  }
}

/** A TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer()
  return await new Promise((resolve, reject) => {
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
