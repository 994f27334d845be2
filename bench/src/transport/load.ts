import process from 'node:process'
import { quantile } from '../statistics.ts'

/** What a load says when it is over. */
export interface LoadReport {
  readonly requests: number
  readonly elapsedMs: number
  readonly p50Ms: number
  readonly p99Ms: number
  /** CPU time of the client's process, all threads. */
  readonly cpuMs: number
}

const warmUpMs = 500

/**
 * Lets so many workers send one request after the other, for a while after a warm-up. Prints `running` when the warm-up is
 * over and `done` with a {@link LoadReport}.
 */
export async function runLoad(workers: number, durationMs: number, request: () => Promise<unknown>): Promise<void> {
  await work(workers, warmUpMs, request)
  say({ event: 'running' })
  const cpu = process.cpuUsage()
  const beganMs = performance.now()
  const latencies = await work(workers, durationMs, request)
  const elapsedMs = performance.now() - beganMs
  const { user, system } = process.cpuUsage(cpu)
  const report: LoadReport = {
    requests: latencies.length,
    elapsedMs,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuMs: (user + system) / 1000,
  }
  say({ event: 'done', ...report })
}

/** Milliseconds of each request. */
async function work(workers: number, durationMs: number, request: () => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = []
  const endMs = performance.now() + durationMs
  const worker = async (): Promise<void> => {
    for (let beganMs = performance.now(); beganMs < endMs; beganMs = performance.now()) {
      await request()
      latencies.push(performance.now() - beganMs)
    }
  }
  await Promise.all(Array.from({ length: workers }, worker))
  return latencies
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
