import process from 'node:process'
import { createInterface } from 'node:readline'
import { heapAfterCollection } from '../process/heap.ts'

/** What an informer under measurement tells its {@link ContenderReport}, and answers it. */
export interface ContenderReport {
  /** All objects are in the cache and the handlers were told. */
  synced(objects: number): void
  /** A change was delivered. */
  changed(): void
}

interface Count {
  left: number
  firstMs: number | undefined
  readonly cpu: NodeJS.CpuUsage
}

/**
 * The measured end of the conversation with the bench, the same in every contender. Prints `synced`; then the line `retained`
 * is answered with the heap that is left after a collection beyond what there was at the start, and `count N` with
 * the time and CPU time from the first to the last of N changes.
 */
export function createContenderReport(): ContenderReport {
  const emptyBytes = heapAfterCollection()
  let count: Count | undefined
  const commands = createInterface({ input: process.stdin })
  // Its parent is gone.
  commands.on('close', () => process.exit())
  commands.on('line', (line) => {
    const [command, number] = line.split(' ')
    if (command === 'retained') say({ event: 'retained', bytes: heapAfterCollection() - emptyBytes })
    if (command === 'count') {
      count = { left: Number(number), firstMs: undefined, cpu: process.cpuUsage() }
      say({ event: 'counting' })
    }
  })
  return {
    synced: (objects) => say({ event: 'synced', objects }),
    changed() {
      if (count === undefined) return
      count.firstMs ??= performance.now()
      count.left -= 1
      if (count.left > 0) return
      const { user, system } = process.cpuUsage(count.cpu)
      say({ event: 'counted', elapsedMs: performance.now() - count.firstMs, cpuMs: (user + system) / 1000 })
      count = undefined
    },
  }
}

function say(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}
