import { sleep } from '@csi-ts/concurrency'
import { type MeasuredProcess, startMeasured } from '../process/measured-process.ts'
import { cpuSeconds, peakResidentMb, processMemory, resetPeak } from '../process/process-figures.ts'
import type { FixedServer } from '../server/start-fixed-server.ts'

/** What filling a cache cost. */
export interface SyncRun {
  /** From exec to "everything is in the cache". */
  readonly syncSeconds: number
  /** CPU time until then, in all threads: on a busy machine the better measure of the two. */
  readonly syncCpuSeconds: number
  readonly peakMb: number
  /** Resident, and idle, 2 s after the sync. */
  readonly residentMb: number
}

/** What one run of an informer showed. */
export interface InformerRun extends SyncRun {
  /** Heap that a collection leaves, beyond the empty program's. */
  readonly retainedMb: number
  readonly eventsPerSecond: number
  /** CPU time of one change, in all threads. */
  readonly eventCpuUs: number
  /** Most resident while changes came in. */
  readonly eventPeakMb: number
}

/** Runs an informer once: sync, rest, and a burst of changes. Throws when it missed an object. */
export async function measureInformer(
  args: readonly string[],
  server: FixedServer,
  volumes: number,
): Promise<InformerRun> {
  await using informer = startMeasured(process.execPath, args)
  const { objects, atMs } = await informer.event<{ objects: number }>('synced')
  if (objects !== volumes) throw new Error(`${args.join(' ')} has ${objects} of ${volumes} objects`)
  const sync = await syncRun(informer, atMs)
  informer.send('retained')
  const { bytes } = await informer.event<{ bytes: number }>('retained')
  informer.send(`count ${volumes}`)
  await informer.event('counting')
  await resetPeak(informer.pid)
  const watches = await server.touchAll()
  if (watches !== 1) throw new Error(`${args.join(' ')} has ${watches} watches on volumes, not 1`)
  const { elapsedMs, cpuMs } = await informer.event<{ elapsedMs: number; cpuMs: number }>('counted')
  return {
    ...sync,
    retainedMb: bytes / 1e6,
    eventsPerSecond: (volumes / elapsedMs) * 1000,
    eventCpuUs: (cpuMs / volumes) * 1000,
    eventPeakMb: await peakResidentMb(informer.pid),
  }
}

/** Runs upstream's provisioner once, until its cache of volumes is filled. What it does with changes, nobody can ask it. */
export async function measureUpstream(program: string, args: readonly string[]): Promise<SyncRun> {
  await using sidecar = startMeasured(program, [...args, '--v=2'])
  const { atMs } = await sidecar.next(
    (line) => line.includes('Caches populated" type="*v1.PersistentVolume"') || undefined,
  )
  return await syncRun(sidecar, atMs)
}

async function syncRun({ pid, startedMs }: MeasuredProcess, syncedMs: number): Promise<SyncRun> {
  const syncCpuSeconds = await cpuSeconds(pid)
  await sleep(2000, {})
  return {
    syncSeconds: (syncedMs - startedMs) / 1000,
    syncCpuSeconds,
    peakMb: await peakResidentMb(pid),
    residentMb: (await processMemory(pid)).residentMb,
  }
}
