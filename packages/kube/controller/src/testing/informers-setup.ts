import { FakeClock } from '@csi-ts/concurrency/testing'
import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import { createInformers, type Informers, type InformersOptions } from '../informer/informers.ts'
import type { Needs, ResourceNeed } from '../needs.ts'
import { MemoryApi } from './memory-api.ts'

/** Driver and labels of volumes, found by driver. */
export const volumeNeed: ResourceNeed<PersistentVolume> = {
  resource: resources.persistentVolumes,
  verbs: ['list', 'watch'],
  fields: ['spec.csi.driver'],
  indexes: { byDriver: (volume) => [volume.spec.csi?.driver ?? ''] },
}

/** A volume with more fields than {@link volumeNeed} names. */
export function volumeOf(name: string, driver = 'd'): Pick<PersistentVolume, 'metadata' | 'spec'> {
  return { metadata: { name, labels: { app: name } }, spec: { csi: { driver, volumeHandle: `h-${name}` } } }
}

/** Informers over a memory API, and what it takes to move them. */
export interface InformersSetup {
  readonly clock: FakeClock
  readonly api: MemoryApi
  readonly informers: Informers
  readonly ctx: WorkContext
  readonly lines: readonly RecordedLine[]
  readonly start: () => Promise<void>
  /** Stops them. */
  readonly end: () => Promise<void>
}

/** Makes informers with {@link volumeNeed} or other needs; without jitter, and with frozen objects. */
export function setupInformers(options: Partial<InformersOptions> & { readonly needs?: Needs } = {}): InformersSetup {
  const clock = new FakeClock()
  const api = new MemoryApi(clock)
  const { log, lines } = createLogRecorder()
  const stop = new AbortController()
  const ctx = { signal: stop.signal, log }
  const { needs = [volumeNeed], ...rest } = options
  const informers = createInformers({ client: api.client(), clock, log, random: () => 0, freeze: true, ...rest })
  informers.register(needs)
  return {
    clock,
    api,
    informers,
    ctx,
    lines,
    start: async () => {
      informers.start(ctx)
      await clock.advance(0)
    },
    end: async () => {
      stop.abort()
      await clock.advance(0)
      await informers.stopped
    },
  }
}
