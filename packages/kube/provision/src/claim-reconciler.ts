import type { Clock, KeyedLocks } from '@csi-ts/concurrency'
import {
  keyOf,
  type ObjectKey,
  type PersistentVolume,
  type PersistentVolumeClaim,
  type StorageClass,
} from '@csi-ts/kube-api'
import {
  done,
  type EventRecorder,
  type Lister,
  type ReconcileResult,
  type Reconciler,
  requeueAfter,
} from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { buildVolume } from './build-volume.ts'
import type { InfeasibleClaims } from './infeasible-claims.ts'
import { planProvision } from './plan-provision.ts'
import { eventReasons, infeasibleMessage, provisioningMessage } from './provision-events.ts'
import type { ProvisionMetrics } from './provision-metrics.ts'
import type { ClaimView, Provisioner, ProvisionOutcome, ProvisionRequest } from './provisioner.ts'
import { canReschedule } from './selected-node.ts'
import { classNameOf } from './storage-class.ts'
import type { VolumeSaver } from './volume-saver.ts'

/** What the claim reconciler needs of others. */
export interface ClaimReconcilerDeps {
  /** Claims, with {@link claimUidIndex}. */
  readonly claims: Lister<PersistentVolumeClaim>
  readonly volumes: Lister<PersistentVolume>
  readonly classes: Lister<StorageClass>
  readonly provisioner: Pick<Provisioner, 'names' | 'volumeName' | 'provision'>
  readonly saver: Pick<VolumeSaver, 'save' | 'holds'>
  readonly events: Pick<EventRecorder, 'normal' | 'warning'>
  readonly metrics: Pick<ProvisionMetrics, 'provisioned'>
  readonly infeasible: InfeasibleClaims
  /** Held by volume name around everything that makes, writes or deletes a volume. */
  readonly locks: KeyedLocks
  readonly clock: Clock
  /** How long a volume that this process has just written may still be missing in the cache; 0 for any other. */
  unseenMs(volumeName: string): number
  /** Whether this process has deleted the storage of the claim's volume. */
  wasDeleted(claimUid: string): boolean
  /** Gives the claim back to the scheduler. */
  releaseNode(claim: ClaimView, ctx: WorkContext): Promise<void>
}

/** Name of the index of claims by uid. */
export const claimUidIndex = 'uid'

/**
 * Gets claims their volumes. Keyed by the claim's uid: a claim that was deleted and made again under its old name is
 * another one, and a deleted one has no name any more.
 */
export interface ClaimReconciler extends Reconciler {
  /** Remembers an attempt that may have made storage, to be repeated until its outcome is known. */
  remember(request: ProvisionRequest): void
}

/** Makes a reconciler that remembers nothing. */
export function createClaimReconciler(deps: ClaimReconcilerDeps): ClaimReconciler {
  const { claims, classes, clock, events, infeasible, locks, metrics, provisioner, saver, volumes } = deps
  /** Attempts whose outcome is not known, by claim uid; also of claims that are gone. */
  const attempts = new Map<string, ProvisionRequest>()
  /** Versions of claims whose node was given back, by uid: until the cache has seen that, it names a node that is chosen no more. */
  const givenBack = new Map<string, string | undefined>()

  const findClaim = (uid: string): ClaimView | undefined => claims.byIndex(claimUidIndex, uid)[0]

  async function sync(uid: string, volumeName: string, ctx: WorkContext): Promise<ReconcileResult> {
    const claim = findClaim(uid)
    if (saver.holds(volumeName)) return done
    if (claim !== undefined && givenBack.has(uid)) {
      if (givenBack.get(uid) === claim.metadata.resourceVersion) return done // the update will wake us
      givenBack.delete(uid)
    }
    const volume = volumes.get(volumeName)
    const unseenMs = deps.unseenMs(volumeName)
    if (volume === undefined && unseenMs > 0) return requeueAfter(unseenMs)
    const plan = planProvision({
      claim,
      storageClass: claim && classes.get(classNameOf(claim)),
      volumeName,
      volume,
      attempt: attempts.get(uid),
      wasDeleted: deps.wasDeleted(uid),
      names: provisioner.names,
    })
    switch (plan.kind) {
      case 'nothing':
        ctx.log.v(5).info('nothing to provision', { claim: claim && keyOf(claim), reason: plan.why })
        attempts.delete(uid)
        infeasible.delete(uid)
        return done
      case 'wait':
        if (claim !== undefined) metrics.provisioned(claim, 'failed', 0)
        throw new Error(plan.why)
      case 'conflict':
        if (claim === undefined) return forget(uid)
        metrics.provisioned(claim, 'failed', 0)
        events.warning(claim, eventReasons.provisioningFailed, plan.why)
        throw new Error(plan.why)
      case 'provision': {
        const waitMs = infeasible.remainingMs(uid, plan.request.storageClass.metadata.uid)
        return waitMs > 0 ? requeueAfter(waitMs) : await provision(uid, plan.request, ctx)
      }
    }
  }

  async function provision(uid: string, request: ProvisionRequest, ctx: WorkContext): Promise<ReconcileResult> {
    const { claim, storageClass } = request
    const log = ctx.log.with({ claim: keyOf(claim), volume: request.volumeName })
    log.v(4).info('provisioning started', { storageClass: storageClass.metadata.name })
    events.normal(claim, eventReasons.provisioning, provisioningMessage(keyOf(claim)))

    const startedMs = clock.monotonicMs()
    const outcome = await attempt(request, { ...ctx, log })
    const result = outcome.kind === 'provisioned' ? 'succeeded' : 'failed'
    metrics.provisioned(claim, result, clock.monotonicMs() - startedMs)

    switch (outcome.kind) {
      case 'provisioned':
        attempts.delete(uid)
        infeasible.delete(uid)
        await saver.save(buildVolume(outcome.volume, request), request, ctx)
        return done
      case 'ignored':
        log.v(4).info('volume provision ignored', { reason: outcome.reason })
        return forget(uid)
      case 'failed':
        return await failed(uid, request, outcome, { ...ctx, log })
    }
  }

  async function attempt(request: ProvisionRequest, ctx: WorkContext): Promise<ProvisionOutcome> {
    try {
      return await provisioner.provision(request, ctx)
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown))
      return { kind: 'failed', state: 'background', error }
    }
  }

  async function failed(
    uid: string,
    request: ProvisionRequest,
    { state, error, infeasible: isInfeasible = false }: Extract<ProvisionOutcome, { kind: 'failed' }>,
    ctx: WorkContext,
  ): Promise<ReconcileResult> {
    const { claim } = request
    // A call that our own shutdown has cut off is not the user's concern.
    if (!ctx.signal.aborted) {
      const message = isInfeasible ? infeasibleMessage(error.message) : error.message
      events.warning(claim, eventReasons.provisioningFailed, message)
    }
    switch (state) {
      case 'background':
        attempts.set(uid, request)
        throw error
      case 'noChange':
        throw error
      case 'reschedule':
        attempts.delete(uid)
        if (!canReschedule(claim)) throw error
        ctx.log.v(2).info('giving the claim back to the scheduler', { reason: error.message })
        await deps.releaseNode(claim, ctx)
        givenBack.set(uid, claim.metadata.resourceVersion)
        return done
      case 'finished':
        attempts.delete(uid)
        if (findClaim(uid) === undefined) return forget(uid)
        if (!isInfeasible) throw error
        ctx.log.v(2).info('the request is infeasible, the next attempt waits', { reason: error.message })
        return requeueAfter(infeasible.add(uid, request.storageClass.metadata.uid))
    }
  }

  function forget(uid: string): ReconcileResult {
    attempts.delete(uid)
    givenBack.delete(uid)
    infeasible.delete(uid)
    return done
  }

  return {
    remember(request) {
      attempts.set(request.claim.metadata.uid ?? '', request)
    },
    async reconcile(uid: ObjectKey, ctx) {
      const claim = findClaim(uid) ?? attempts.get(uid)?.claim
      if (claim === undefined) return forget(uid)
      const volumeName = provisioner.volumeName(claim)
      return await locks.run(volumeName, () => sync(uid, volumeName, ctx), { signal: ctx.signal })
    },
  }
}
