// One queue through its paces. Argument: `ours` or `map`. Prints one JSON line.
import process from 'node:process'
import { createWorkQueue } from '@csi-ts/kube-controller'
import { createMetrics } from '@csi-ts/telemetry'
import { heapAfterCollection } from '../process/heap.ts'
import { MapQueue } from './map-queue.ts'

/** What both queues can do. */
interface Queue {
  add(key: string): void
  addAfter(key: string, delayMs: number): void
  get(options: object): Promise<string | undefined>
  done(key: string): void
}

const keyCount = 100_000
/** Keys of a relist in a large cluster. */
const relistCount = 10_000
const repeats = 5
const keys = Array.from({ length: keyCount }, (_, index) => `namespace-${index % 100}/claim-${index}`)

function create(): Queue {
  if (process.argv[2] === 'map') return new MapQueue()
  return createWorkQueue({ name: 'bench', metrics: createMetrics() })
}

/** All keys in, then all keys out. Returns keys per second. */
async function fillAndDrain(count: number): Promise<number> {
  const queue = create()
  const beganMs = performance.now()
  for (const key of keys.slice(0, count)) queue.add(key)
  for (let left = count; left > 0; left -= 1) queue.done((await queue.get({})) ?? '')
  return (count / (performance.now() - beganMs)) * 1000
}

/** Each key in, out and done before the next: a quiet cluster. */
async function oneByOne(): Promise<number> {
  const queue = create()
  const beganMs = performance.now()
  for (const key of keys) {
    queue.add(key)
    queue.done((await queue.get({})) ?? '')
  }
  return (keyCount / (performance.now() - beganMs)) * 1000
}

/** Heap of keys that wait for their time, and how fast they are put there. */
function delayed(): { readonly bytesPerKey: number; readonly perSecond: number } {
  const queue = create()
  const before = heapAfterCollection()
  const beganMs = performance.now()
  // Not in the order of their times, as backoff never is.
  for (const [index, key] of keys.entries()) queue.addAfter(key, 3_600_000 + ((index * 7919) % keyCount))
  const elapsedMs = performance.now() - beganMs
  const bytesPerKey = (heapAfterCollection() - before) / keyCount
  // Ours holds a timer; without this the process would live for an hour.
  if ('shutDown' in queue) (queue.shutDown as () => void)()
  return { bytesPerKey, perSecond: (keyCount / elapsedMs) * 1000 }
}

await fillAndDrain(relistCount)
const relists: number[] = []
const singles: number[] = []
for (let repeat = 0; repeat < repeats; repeat += 1) {
  relists.push(await fillAndDrain(relistCount))
  singles.push(await oneByOne())
}
const fills = [await fillAndDrain(keyCount)]
process.stdout.write(`${JSON.stringify({ event: 'done', relists, fills, singles, ...delayed() })}\n`)
