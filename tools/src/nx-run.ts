import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { root } from './root.ts'

/** How one task of an nx run ended. */
export interface TaskResult {
  /** `project:target`. */
  readonly task: string
  readonly ok: boolean
}

/** Runs targets of all projects, with their output passed on, and tells how each task ended. */
export async function nxRunMany(targets: readonly string[]): Promise<TaskResult[]> {
  const args = ['run-many', '-t', ...targets, '--output-style=static', '--nx-bail=false']
  const child = spawn('nx', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, FORCE_COLOR: '0', ...(process.env['CI'] === 'true' ? { NX_SKIP_NX_CACHE: 'true' } : {}) },
  })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const results: TaskResult[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    process.stdout.write(`${line}\n`)
    const result = parseTaskLine(line)
    if (result !== undefined) results.push(result)
  }
  const code = await ended
  // nx itself may fail before it runs anything; that must not look like success.
  if (code !== 0 && results.every(({ ok }) => ok)) results.push({ task: `nx ${targets.join(' ')}`, ok: false })
  return results
}

/** Reads the line that nx prints when a task has ended; undefined for every other line. */
export function parseTaskLine(line: string): TaskResult | undefined {
  const match = /^\s*(✔|✖|√|×)\s+nx run (\S+:\S+)/.exec(line)
  if (match?.[2] === undefined) return undefined
  return { task: match[2], ok: match[1] === '✔' || match[1] === '√' }
}
