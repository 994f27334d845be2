import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How kubectl is run. */
export interface KubectlOptions {
  /** Path of the binary. */
  readonly binary: string
  readonly kubeconfig: string
  /** Its home: discovery is cached there. */
  readonly home: string
  /** The PATH, for `kubectl diff`. */
  readonly path: string
  readonly signal: AbortSignal
}

/** What a command did. */
export interface KubectlResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A command that goes on until it is stopped: `get --watch`. */
export interface RunningKubectl {
  /** Resolves with everything printed so far as soon as it holds the text, in {@link cells} form. */
  sees(text: string): Promise<string>
  /** Resolves when the command has ended by itself. */
  readonly ended: Promise<KubectlResult>
  /** Ends it. */
  stop(): Promise<void>
}

/** A kubectl with its configuration. */
export interface Kubectl {
  run(args: readonly string[], input?: string): Promise<KubectlResult>
  start(args: readonly string[]): RunningKubectl
}

const timeoutMs = 30_000

/** Runs kubectl as an administrator would, as a process. */
export function createKubectl({ binary, kubeconfig, home, path, signal }: KubectlOptions): Kubectl {
  const env = { HOME: home, PATH: path, KUBECONFIG: kubeconfig }
  return {
    run: (args, input = '') =>
      new Promise((resolve, reject) => {
        const options = { encoding: 'utf8', env, signal, timeout: timeoutMs, maxBuffer: 64 * 1024 * 1024 } as const
        const child = execFile(binary, args, options, (error, stdout, stderr) => {
          if (error === null) return resolve({ code: 0, stdout, stderr })
          if (typeof error.code === 'number') return resolve({ code: error.code, stdout, stderr })
          const why = error.killed === true ? `not done after ${timeoutMs / 1_000} s` : error.message
          reject(new Error(`kubectl ${args.join(' ')}: ${why}\n${stdout}${stderr}`))
        })
        child.stdin?.on('error', () => undefined) // a command that does not read its input is no fault
        child.stdin?.end(input)
      }),
    start: (args) => startKubectl(binary, args, env, signal),
  }
}

function startKubectl(
  binary: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): RunningKubectl {
  const child = spawn(binary, args, { env, signal, stdio: ['ignore', 'pipe', 'pipe'] })
  child.on('error', () => undefined) // the signal's; the end follows
  const said = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ ...said, code: (code as number | null) ?? -1 }))
  return {
    ended,
    async sees(text) {
      const deadline = AbortSignal.timeout(timeoutMs)
      void ended.then(() => child.stdout.emit('data', ''))
      while (!cells(said.stdout).includes(text)) {
        const { exitCode } = child
        if (exitCode !== null || deadline.aborted) {
          const why = exitCode === null ? `after ${timeoutMs / 1_000} s` : `and ended with ${exitCode}`
          throw new Error(`kubectl ${args.join(' ')} has not printed ${JSON.stringify(text)} ${why}, but:
${cells(said.stdout)}${said.stderr}`)
        }
        await Promise.race([once(child.stdout, 'data', { signal: deadline }).catch(() => undefined), ended])
      }
      return cells(said.stdout)
    },
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/**
 * Text as one reads it: columns are separated by one `|`, and what differs from run to run has a name instead: ages and
 * times, addresses.
 */
export function cells(text: string): string {
  return text
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME')
    .replaceAll(/(?<=^|\s|\()((\d+[smhdy])+|<unknown>|<invalid>)(?=$|\s|\))/gm, 'AGE')
    .split('\n')
    .map((line) => line.trimEnd().replaceAll(/(?<=\S)( {2,}|\t+)/g, ' | '))
    .join('\n')
    .trim()
}
