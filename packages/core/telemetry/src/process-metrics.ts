import { readdirSync, readFileSync } from 'node:fs'
import { cpuUsage, memoryUsage } from 'node:process'
import type { MetricsRegistry } from './metrics.ts'

/** Settings of {@link registerProcessMetrics}. */
export interface ProcessMetricsOptions {
  /** When the process started, wall time. */
  readonly startTimeMs: number
}

/** `process_start_time_seconds`, with the help text of the Go sidecars: the only process metric of some of them. */
export function registerStartTime(metrics: MetricsRegistry, options: ProcessMetricsOptions): void {
  metrics
    .gauge({
      name: 'process_start_time_seconds',
      help: '[ALPHA] Start time of the process since unix epoch in seconds.',
    })
    .set(options.startTimeMs / 1000)
}

/** The `process_*` metrics that the Prometheus client of Go exposes, as far as the system tells; read at each exposition. Twice is the same as once. */
export function registerProcessMetrics(metrics: MetricsRegistry, options: ProcessMetricsOptions): void {
  registerStartTime(metrics, options)
  metrics.counter(
    { name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.' },
    cpuSeconds,
  )
  const gauge = (name: string, help: string, read: () => number | undefined): void => {
    metrics.gauge({ name, help }, (family) => {
      const value = read()
      if (value !== undefined) family.set(value)
    })
  }
  gauge('process_resident_memory_bytes', 'Resident memory size in bytes.', () => memoryUsage.rss())
  gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.', virtualMemoryBytes)
  gauge('process_open_fds', 'Number of open file descriptors.', openFiles)
  gauge('process_max_fds', 'Maximum number of open file descriptors.', maxOpenFiles)
}

function cpuSeconds(): number {
  const { user, system } = cpuUsage()
  return (user + system) / 1e6
}

function virtualMemoryBytes(): number | undefined {
  const kib = /^VmSize:\s+(\d+) kB/m.exec(readProc('/proc/self/status'))?.[1]
  return kib === undefined ? undefined : Number(kib) * 1024
}

function maxOpenFiles(): number | undefined {
  const limit = /^Max open files\s+(\d+)/m.exec(readProc('/proc/self/limits'))?.[1]
  return limit === undefined ? undefined : Number(limit)
}

function openFiles(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length - 1 // the directory itself was open while it was read
  } catch {
    return undefined // no /proc: not Linux
  }
}

function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return '' // no /proc: not Linux
  }
}
