import { fileURLToPath } from 'node:url'
import { imageNodeFlags } from '@csi-ts/tools/bundle'
import { bundleProgram } from '../process/bench-program.ts'
import { startMeasured } from '../process/measured-process.ts'
import { type Bench, benchResult } from '../result.ts'
import { inRounds } from '../rounds.ts'
import { median } from '../statistics.ts'

const rounds = 3

interface QueueRun {
  readonly relists: readonly number[]
  readonly fills: readonly number[]
  readonly singles: readonly number[]
  readonly bytesPerKey: number
  readonly perSecond: number
}

/** Speed and memory of the work queue, with its metrics on, beside a bare Map of keys. */
export const workqueue: Bench = {
  name: 'workqueue',
  title: 'keys per second through the work queue, and memory of 100,000 delayed keys; beside a plain Map',
  async run(progress) {
    progress('bundling')
    const program = fileURLToPath(new URL('./queue-program.ts', import.meta.url))
    const { entry } = await bundleProgram('queue', program)
    const measure = async (which: string): Promise<QueueRun> => {
      await using queue = startMeasured(process.execPath, [...imageNodeFlags, entry, which])
      return await queue.event<QueueRun>('done')
    }
    const contenders = { ours: () => measure('ours'), 'plain Map': () => measure('map') }
    const runs = await inRounds(rounds, contenders, progress)
    const figures = Object.entries(runs).flatMap(([name, own]) => [
      [`${name}: 10,000 keys in, then out, keys per s`, Math.round(median(own.flatMap(({ relists }) => relists)))],
      [`${name}: 100,000 keys in, then out, keys per s`, Math.round(median(own.flatMap(({ fills }) => fills)))],
      [`${name}: one key at a time, keys per s`, Math.round(median(own.flatMap(({ singles }) => singles)))],
      [`${name}: delayed keys added per s`, Math.round(median(own.map(({ perSecond }) => perSecond)))],
      [`${name}: 100,000 delayed keys MB`, median(own.map(({ bytesPerKey }) => bytesPerKey / 10))],
    ])
    return benchResult('workqueue', Object.fromEntries(figures), [])
  },
}
