import { FakeClock } from '@csi-ts/concurrency/testing'
import { type CoreEvent, type EventsV1Event, type Referable, resources } from '@csi-ts/kube-api'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import { expect, onTestFinished } from 'vitest'
import { createEventRecorder, type EventRecorder, type EventRecorderOptions } from '../events/event-recorder.ts'
import { MemoryApi } from './memory-api.ts'

/** An object in a namespace. */
export const claim: Referable = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop', uid: 'u1', resourceVersion: '5' },
}
/** An object in none. */
export const volume: Referable = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'pv-1', uid: 'u2' } }

/** A recorder over a memory API. */
export interface RecorderSetup {
  readonly clock: FakeClock
  readonly api: MemoryApi
  readonly recorder: EventRecorder
  readonly lines: readonly RecordedLine[]
  /** The Events that there are, of either group. */
  readonly written: () => readonly CoreEvent[]
  readonly writtenV1: () => readonly EventsV1Event[]
  /** What was asked of the API so far. */
  readonly verbs: () => readonly string[]
}

/** Makes a recorder for one test, at whose end it is closed and must have left no timer. */
export function useRecorder(options: Partial<EventRecorderOptions> = {}): RecorderSetup {
  const clock = new FakeClock()
  const api = new MemoryApi(clock)
  const { log, lines } = createLogRecorder()
  const recorder = createEventRecorder({
    client: api.client(),
    component: 'csi-provisioner',
    host: 'node-1',
    clock,
    log,
    random: () => 0.5,
    ...options,
  })
  onTestFinished(async () => {
    recorder.close()
    await clock.advance(0)
    expect(clock.pendingTimers).toBe(0)
  })
  return {
    clock,
    api,
    recorder,
    lines,
    written: () => api.objects(resources.events),
    writtenV1: () => api.objects(resources.eventsV1),
    verbs: () => api.calls.map(({ verb }) => verb),
  }
}
