import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

/** A run's folder on disk: what is kept of it. */
export interface RunFolder {
  readonly name: string
  readonly logs: string
}

const keptRuns = 3

/** Name of a run: sorts by time, and two runs that start at once differ. */
export function runName(now: Date, pid: number): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, '').replace('T', '-')}-${pid}`
}

/** The run folders to delete so that only the newest are kept; anything that is not named like a run is left alone. */
export function planPrune(names: readonly string[], kept: number = keptRuns): string[] {
  const runs = names.filter((name) => /^\d{8}-\d{6}-\d+$/.test(name))
  return runs.toSorted().slice(0, Math.max(0, runs.length - kept))
}

/** Creates a run's folder and deletes those of old runs, so that with this one three are left. */
export async function createRunFolder(parent: string, now: Date, pid: number): Promise<RunFolder> {
  const name = runName(now, pid)
  const logs = join(parent, name, 'logs')
  await mkdir(logs, { recursive: true })
  for (const old of planPrune(await readdir(parent))) await rm(join(parent, old), { recursive: true, force: true })
  return { name, logs }
}
