import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { root } from './root.ts'

/** The targets that look at the code without running it; all need `build`. */
export const checkTargets: readonly string[] = [
  'typecheck',
  'lint',
  'boundaries',
  'generated',
  'lock-file',
  'dead-code',
]

/** How one task of an nx run ended. */
export interface TaskResult {
  /** `project:target`. */
  readonly task: string
  readonly ok: boolean
}

/** Runs targets of all projects, with their output passed on, and tells how each of their tasks ended. */
export async function nxRunMany(targets: readonly string[]): Promise<TaskResult[]> {
  const args = ['run-many', '-t', ...targets, '--output-style=static', '--nx-bail=false']
  const child = spawn('nx', args, {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, FORCE_COLOR: '0', ...(process.env['CI'] === 'true' ? { NX_SKIP_NX_CACHE: 'true' } : {}) },
  })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const lines: string[] = []
  const pass = async (stream: Readable): Promise<void> => {
    for await (const line of createInterface({ input: stream })) {
      process.stdout.write(`${line}\n`)
      lines.push(line)
    }
  }
  // The list of failed tasks comes on stderr.
  await Promise.all([pass(child.stdout), pass(child.stderr)])
  return taskResults(lines, targets, await ended)
}

/**
 * Reads what nx printed: a line `> nx run PROJECT:TARGET` for each task, and the failed ones in a list at the end. Tasks of other
 * targets, which these depend on, are left out unless they failed.
 */
export function taskResults(lines: readonly string[], targets: readonly string[], code: number | null): TaskResult[] {
  const listAt = lines.indexOf('Failed tasks:')
  const failed = listAt < 0 ? [] : listItems(lines.slice(listAt + 1))
  const begun = lines.flatMap((line) => /^> nx run (\S+:\S+)/.exec(line)?.[1] ?? [])
  const wanted = begun.filter((task) => targets.some((target) => task.endsWith(`:${target}`)))
  const results = [...new Set([...wanted, ...failed])].map((task) => ({ task, ok: !failed.includes(task) }))
  // nx itself may fail before it runs anything; that must not look like success.
  const brokeDown = code !== 0 && failed.length === 0
  return brokeDown ? [...results, { task: `nx run-many -t ${targets.join(' ')}`, ok: false }] : results
}

/** The items of the list that the lines begin with. */
function listItems(lines: readonly string[]): string[] {
  const items: string[] = []
  for (const line of lines) {
    const item = /^- (\S+)/.exec(line)?.[1]
    if (item !== undefined) items.push(item)
    else if (line !== '') break
  }
  return items
}
