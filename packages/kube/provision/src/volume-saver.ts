import { keyOf, type ObjectKey, type PersistentVolume, resources } from '@csi-ts/kube-api'
import { isAlreadyExists, isNotFound, type KubeClient } from '@csi-ts/kube-client'
import { done, type EventRecorder, type ReconcileResult, type Reconciler, requeueAfter } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { isRefused, planTaken } from './plan-save.ts'
import { eventReasons, provisioningSucceededMessage } from './provision-events.ts'
import type { NewVolume, Provisioner, ProvisionRequest } from './provisioner.ts'

/** What saving needs of others. */
export interface VolumeSaverDeps {
  readonly client: KubeClient
  readonly provisioner: Pick<Provisioner, 'storageId' | 'deleteStorage'>
  readonly events: Pick<EventRecorder, 'normal' | 'warning'>
  /** Asks for another {@link VolumeSaver.reconcile} of a volume, soon. */
  retry(volumeName: string): void
  /** Whether the claim still exists: nobody reads the events of one that is gone. */
  claimExists(request: ProvisionRequest): boolean
  /** The volume is written; caches do not know it yet. */
  saved(request: ProvisionRequest): void
  /** The volume was given up. `background`: its storage may still exist, so the attempt has to be repeated. */
  givenUp(request: ProvisionRequest, state: 'finished' | 'background'): void
}

/** Settings of {@link createVolumeSaver}. */
export interface VolumeSaverOptions {
  /** How often the API server may refuse a volume before its storage is deleted. Default 5. */
  readonly maxRefusals?: number | undefined
  /** Wait between refusals. Default 10 s. */
  readonly refusalDelayMs?: number | undefined
}

/**
 * Writes volumes whose storage exists. Once given a volume it keeps it until it is written, or until its storage is known to
 * belong to another volume, or is deleted: what was made never gets lost between driver and API server while the process
 * lives. A volume is tried once at once, then as a reconciler, keyed by volume name, on a queue of its own.
 */
export interface VolumeSaver extends Reconciler {
  /** Takes the volume. Never rejects because of the API server. */
  save(volume: NewVolume, request: ProvisionRequest, ctx: WorkContext): Promise<void>
  /** Whether a volume of that name is on its way. */
  holds(volumeName: string): boolean
}

interface Unsaved {
  readonly volume: NewVolume
  readonly request: ProvisionRequest
  refusals: number
  /** Deleting the storage has begun: nothing else may happen to it any more. */
  condemned: boolean
}

/** Makes a saver that holds nothing. */
export function createVolumeSaver(deps: VolumeSaverDeps, options: VolumeSaverOptions = {}): VolumeSaver {
  const { maxRefusals = 5, refusalDelayMs = 10_000 } = options
  const { events, provisioner } = deps
  const volumes = deps.client.resource(resources.persistentVolumes)
  const unsaved = new Map<string, Unsaved>()

  async function step(entry: Unsaved, ctx: WorkContext): Promise<ReconcileResult> {
    if (entry.condemned) return await deleteStorage(entry, ctx)
    const { volume, request } = entry
    try {
      await volumes.create(volume, ctx)
      return saved(entry, ctx)
    } catch (error) {
      if (!isAlreadyExists(error) && !isRefused(error)) throw error
      // A refusal says nothing about earlier tries: one whose answer was lost may have been carried out.
      const existing = await readVolume(request.volumeName, ctx)
      if (existing !== undefined) {
        switch (planTaken(volume, existing, provisioner.storageId).kind) {
          case 'saved':
            return saved(entry, ctx)
          case 'leaving':
            return giveUp(entry, 'background')
          case 'foreign':
            warn(
              entry,
              eventReasons.provisioningFailed,
              `volume ${request.volumeName} has the same storage as this claim's`,
            )
            return giveUp(entry, 'finished')
          case 'orphan':
            ctx.log.warn('the volume name is taken by other storage', { volume: request.volumeName })
            return await deleteStorage(entry, ctx)
        }
      }
      if (!isRefused(error)) throw error
      return await refused(entry, error, ctx)
    }
  }

  async function readVolume(name: string, ctx: WorkContext): Promise<PersistentVolume | undefined> {
    try {
      return await volumes.get({ name }, ctx)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  function saved(entry: Unsaved, ctx: WorkContext): ReconcileResult {
    const { volumeName, claim } = entry.request
    unsaved.delete(volumeName)
    deps.saved(entry.request)
    ctx.log.v(2).info('volume saved', { volume: volumeName, claim: keyOf(claim) })
    if (deps.claimExists(entry.request)) {
      events.normal(claim, eventReasons.provisioningSucceeded, provisioningSucceededMessage(volumeName))
    }
    return done
  }

  async function refused(entry: Unsaved, error: Error, ctx: WorkContext): Promise<ReconcileResult> {
    entry.refusals += 1
    warn(entry, eventReasons.provisioningFailed, `error saving volume ${entry.request.volumeName}: ${error.message}`)
    if (entry.refusals < maxRefusals) return requeueAfter(refusalDelayMs)
    ctx.log.error('the API server refuses the volume, deleting its storage', error, {
      volume: entry.request.volumeName,
    })
    return await deleteStorage(entry, ctx)
  }

  async function deleteStorage(entry: Unsaved, ctx: WorkContext): Promise<ReconcileResult> {
    entry.condemned = true
    try {
      const outcome = await provisioner.deleteStorage(entry.volume, ctx)
      if (outcome.kind === 'inUse') throw new Error(outcome.reason)
      return giveUp(entry, 'finished')
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      warn(
        entry,
        eventReasons.provisioningCleanupFailed,
        `error cleaning up volume ${entry.request.volumeName}: ${text}`,
      )
      throw error
    }
  }

  function giveUp(entry: Unsaved, state: 'finished' | 'background'): ReconcileResult {
    unsaved.delete(entry.request.volumeName)
    deps.givenUp(entry.request, state)
    return done
  }

  function warn(entry: Unsaved, reason: string, message: string): void {
    if (deps.claimExists(entry.request)) events.warning(entry.request.claim, reason, message)
  }

  return {
    holds: (volumeName) => unsaved.has(volumeName),
    async save(volume, request, ctx) {
      const entry: Unsaved = { volume, request, refusals: 0, condemned: false }
      unsaved.set(request.volumeName, entry)
      try {
        const result = await step(entry, ctx)
        if (result.kind === 'done') return
      } catch (error) {
        ctx.log.error('failed to save volume', error, { volume: request.volumeName })
      }
      deps.retry(request.volumeName)
    },
    async reconcile(volumeName: ObjectKey, ctx) {
      const entry = unsaved.get(volumeName)
      return entry === undefined ? done : await step(entry, ctx)
    },
  }
}
