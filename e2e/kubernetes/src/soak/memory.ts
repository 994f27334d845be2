import { readFile } from 'node:fs/promises'

/** Resident memory of a process, in bytes. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]
  if (kilobytes === undefined) throw new Error(`process ${pid} has ended`)
  return Number(kilobytes) * 1024
}

/** How memory went over a run. */
export interface MemoryTrend {
  /** Medians of the second and of the last third of the samples: the first third is warming up. */
  readonly middleBytes: number
  readonly lastBytes: number
  readonly peakBytes: number
  readonly isBounded: boolean
}

/** What the last third may be above the second: the garbage that happens to be there. */
const toleratedShare = 0.15
const toleratedBytes = 8 * 1024 * 1024

/** Judges samples taken at even intervals. Needs at least three. */
export function memoryTrend(samples: readonly number[]): MemoryTrend {
  if (samples.length < 3) throw new Error(`memory was looked at ${samples.length} times only`)
  const third = Math.floor(samples.length / 3)
  const middleBytes = median(samples.slice(third, 2 * third))
  const lastBytes = median(samples.slice(2 * third))
  const isBounded = lastBytes <= middleBytes * (1 + toleratedShare) + toleratedBytes
  return { middleBytes, lastBytes, peakBytes: Math.max(...samples), isBounded }
}

function median(samples: readonly number[]): number {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)] ?? 0
}
