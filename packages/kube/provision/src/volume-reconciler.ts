import type { Clock, KeyedLocks } from '@csi-ts/concurrency'
import {
  finalizers,
  hasFinalizer,
  isTerminating,
  type ObjectKey,
  type PersistentVolume,
  refTo,
  resources,
} from '@csi-ts/kube-api'
import { isNotFound, type KubeClient } from '@csi-ts/kube-client'
import { done, type EventRecorder, type Lister, type ReconcileResult, type Reconciler } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { type DeletionProgress, isServedBy, planVolume } from './plan-volume.ts'
import { eventReasons } from './provision-events.ts'
import type { ProvisionMetrics } from './provision-metrics.ts'
import type { DeleteOutcome, Provisioner, VolumeView } from './provisioner.ts'
import { RecentKeys } from './recent-keys.ts'
import { addFinalizerPatch, removeFinalizerPatch } from './volume-finalizer.ts'

/** What the volume reconciler needs of others. */
export interface VolumeReconcilerDeps {
  readonly volumes: Lister<PersistentVolume>
  readonly client: KubeClient
  readonly provisioner: Pick<Provisioner, 'names' | 'owns' | 'deleteStorage'>
  readonly events: Pick<EventRecorder, 'normal' | 'warning'>
  readonly metrics: Pick<ProvisionMetrics, 'deleted'>
  /** Held by volume name around everything that makes, writes or deletes a volume. */
  readonly locks: KeyedLocks
  readonly clock: Clock
  /** The storage of the volume of this claim is deleted. */
  storageDeleted(claimUid: string): void
}

/** Deletes the storage of released volumes, then the volumes, and keeps the finalizer that makes sure of it. Keyed by name. */
export function createVolumeReconciler(deps: VolumeReconcilerDeps): Reconciler {
  const { clock, events, locks, metrics, provisioner, volumes } = deps
  const api = deps.client.resource(resources.persistentVolumes)
  /**
   * By uid. Our own DELETE comes back as a change of an object that still has the finalizer; without this the driver
   * would be told twice.
   */
  const progress = new RecentKeys<DeletionProgress>(10_000)

  function plan(volume: VolumeView): ReturnType<typeof planVolume> {
    const uid = volume.metadata.uid ?? ''
    return planVolume({ volume, ours: isServedBy(volume, provisioner), progress: progress.get(uid) ?? 'none' })
  }

  async function sync(name: string, ctx: WorkContext): Promise<ReconcileResult> {
    const volume = volumes.get(name)
    if (volume === undefined) return done
    const planned = plan(volume)
    switch (planned.kind) {
      case 'nothing':
        ctx.log.v(5).info('nothing to delete', { volume: name, reason: planned.why })
        return done
      case 'addFinalizer':
        await ignoreMissing(api.patch(refTo(volume), addFinalizerPatch(volume), ctx))
        return done
      case 'removeFinalizer':
        await ignoreMissing(api.patch(refTo(volume), removeFinalizerPatch(volume), ctx))
        return done
      case 'delete':
        return await deleteVolume(volume, ctx)
      case 'deleteObject':
        return await deleteObject(volume, ctx)
    }
  }

  async function deleteVolume(cached: VolumeView, ctx: WorkContext): Promise<ReconcileResult> {
    // The one thing here that cannot be undone rests on what is true now, not on what a cache says: a reclaim policy that
    // was changed to Retain a moment ago must hold.
    const volume = await ignoreMissing(api.get(refTo(cached), ctx))
    if (volume === undefined || volume.metadata.uid !== cached.metadata.uid || plan(volume).kind !== 'delete')
      return done

    const log = ctx.log.with({ volume: volume.metadata.name })
    log.v(4).info('deletion started')
    const startedMs = clock.monotonicMs()
    const outcome = await deleteStorage(volume, { ...ctx, log })
    if (outcome.kind === 'inUse') {
      metrics.deleted(volume, 'failed', 0)
      // A detach that is still under way is no fault.
      events.normal(volume, eventReasons.volumeFailedDelete, outcome.reason)
      throw new Error(outcome.reason)
    }
    metrics.deleted(volume, 'succeeded', clock.monotonicMs() - startedMs)
    if (outcome.kind === 'ignored') {
      log.v(4).info('volume deletion ignored', { reason: outcome.reason })
      return done
    }
    log.v(4).info('storage deleted')
    progress.set(volume.metadata.uid ?? '', 'storageDeleted')
    if (volume.spec.claimRef?.uid !== undefined) deps.storageDeleted(volume.spec.claimRef.uid)
    return await deleteObject(volume, { ...ctx, log })
  }

  async function deleteStorage(volume: VolumeView, ctx: WorkContext): Promise<DeleteOutcome> {
    try {
      return await provisioner.deleteStorage(volume, ctx)
    } catch (error) {
      metrics.deleted(volume, 'failed', 0)
      const text = error instanceof Error ? error.message : String(error)
      if (!ctx.signal.aborted) events.warning(volume, eventReasons.volumeFailedDelete, text)
      throw error
    }
  }

  async function deleteObject(volume: VolumeView, ctx: WorkContext): Promise<ReconcileResult> {
    const ref = refTo(volume)
    const { uid } = volume.metadata
    if (!isTerminating(volume)) await ignoreMissing(api.delete(ref, ctx, { uid }))
    if (hasFinalizer(volume, finalizers.provisioner)) {
      await ignoreMissing(api.patch(ref, removeFinalizerPatch(volume), ctx))
    }
    progress.set(uid ?? '', 'finished')
    ctx.log.v(4).info('volume deleted', { volume: ref.name })
    return done
  }

  return {
    reconcile: (name: ObjectKey, ctx) => locks.run(name, () => sync(name, ctx), { signal: ctx.signal }),
  }
}

/** What is gone needs no further work: undefined instead of the API server's 404. */
async function ignoreMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
