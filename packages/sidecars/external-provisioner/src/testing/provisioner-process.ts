import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A provisioner as a process of its own. */
export interface ProvisionerProcess {
  /** Resolves when it has ended. */
  readonly exited: Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }>
  /** Resolves when its log contains the text; rejects when it ends without. */
  logged(text: string): Promise<void>
  kill(signal: NodeJS.Signals): void
}

/** Starts `main.ts` from its sources, with an environment that holds nothing but what is given. */
export function startProcess(argv: readonly string[], env: Readonly<Record<string, string>> = {}): ProvisionerProcess {
  const main = fileURLToPath(new URL('../main.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=@csi-ts/source', main, ...argv], {
    env: { ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  const waiting = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output.stderr += text
    for (const check of waiting) check()
  })
  const exited = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, ...output }))
  })
  return {
    exited,
    kill: (signal) => void child.kill(signal),
    async logged(text) {
      const found = new Promise<void>((resolve) => {
        const check = (): void => {
          if (output.stderr.includes(text)) resolve()
        }
        waiting.add(check)
        check()
      })
      const ended = exited.then(() => {
        throw new Error(`ended without logging ${JSON.stringify(text)}: ${output.stderr}`)
      })
      await Promise.race([found, ended])
    },
  }
}
