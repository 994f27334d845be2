import { type Clock, KeyedLocks } from '@csi-ts/concurrency'
import { type ObjectKey, type PersistentVolumeClaim, resources, type StorageClass } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import {
  bucketLimiter,
  type Cached,
  createController,
  createWorkQueue,
  type EventRecorder,
  type Informers,
  itemExponentialLimiter,
  maxOf,
  type Reconciler,
  type WorkQueue,
} from '@csi-ts/kube-controller'
import type { Logger, MetricsRegistry, WorkContext } from '@csi-ts/telemetry'
import { claimUidIndex, createClaimReconciler } from './claim-reconciler.ts'
import { InfeasibleClaims } from './infeasible-claims.ts'
import { hasVolume } from './plan-provision.ts'
import { createProvisionMetrics } from './provision-metrics.ts'
import { openClaimsByClassIndex } from './provision-needs.ts'
import type { Provisioner, ProvisionRequest } from './provisioner.ts'
import { RecentKeys } from './recent-keys.ts'
import { releaseSelectedNode } from './selected-node.ts'
import { createVolumeReconciler } from './volume-reconciler.ts'
import { createVolumeSaver, type VolumeSaverOptions } from './volume-saver.ts'

/** What a provision controller works with. */
export interface ProvisionControllerDeps {
  readonly provisioner: Provisioner
  readonly client: KubeClient
  /** With `provisionNeeds` registered. */
  readonly informers: Informers
  readonly events: EventRecorder
  readonly metrics: MetricsRegistry
  readonly clock: Clock
  readonly log: Logger
}

/** Settings of {@link createProvisionController}. */
export interface ProvisionControllerOptions {
  /** Claims, and as many volumes, that are worked on at once. */
  readonly workers: number
  /** Wait after the first failure of a claim or volume; it doubles with each further one. */
  readonly retryIntervalStartMs: number
  /** Cap of that wait, and the wait after a request that can never succeed as it is. */
  readonly retryIntervalMaxMs: number
  /** How volumes are written. */
  readonly saver?: VolumeSaverOptions | undefined
}

/** Turns claims into volumes and deletes released volumes. */
export interface ProvisionController {
  /** Looks at a volume again soon, because something that it waited for has happened. */
  enqueueVolume(name: ObjectKey): void
  /** Works until the signal fires and everything in hand has ended. */
  run(ctx: WorkContext): Promise<void>
}

/** Workers of the queue of volumes that could not be written at once, as upstream has it. */
const saverWorkers = 4

/** How long a written volume may be missing in the cache. It is seen within milliseconds, unless its watch is broken. */
const unseenMs = 10_000

/** Puts the parts together and watches claims and volumes. Nothing is done before it runs. */
export function createProvisionController(
  deps: ProvisionControllerDeps,
  options: ProvisionControllerOptions,
): ProvisionController {
  const { client, clock, events, informers, log, metrics, provisioner } = deps
  const { retryIntervalMaxMs, retryIntervalStartMs, workers } = options
  const claims = informers.informer(resources.persistentVolumeClaims)
  const volumes = informers.informer(resources.persistentVolumes)
  const classes = informers.informer(resources.storageClasses)
  const queues = createQueues(deps, options)
  const locks = new KeyedLocks()
  const provisionMetrics = createProvisionMetrics(metrics)
  /** Until when a volume that we wrote may be missing in the cache, by name. Asked too early, a claim would be served twice. */
  const unseenVolumes = new RecentKeys<number>(10_000)
  const claimsOfDeletedVolumes = new RecentKeys<true>(10_000)

  const saver = createVolumeSaver(
    {
      client,
      provisioner,
      events,
      retry: (volumeName) => queues.unsaved.addRateLimited(volumeName),
      claimExists: (request) => claims.lister.byIndex(claimUidIndex, uidOf(request)).length > 0,
      saved: ({ volumeName }) => unseenVolumes.set(volumeName, clock.monotonicMs() + unseenMs),
      givenUp: (request, state) => {
        if (state === 'background') claimReconciler.remember(request)
        queues.claims.addRateLimited(uidOf(request))
      },
    },
    options.saver,
  )
  const claimReconciler = createClaimReconciler({
    claims: claims.lister,
    volumes: volumes.lister,
    classes: classes.lister,
    provisioner,
    saver,
    events,
    metrics: provisionMetrics,
    infeasible: new InfeasibleClaims({ clock, delayMs: retryIntervalMaxMs }),
    locks,
    clock,
    unseenMs: (volumeName) => (unseenVolumes.get(volumeName) ?? 0) - clock.monotonicMs(),
    wasDeleted: (claimUid) => claimsOfDeletedVolumes.get(claimUid) === true,
    releaseNode: (claim, ctx) => releaseSelectedNode(client, claim, ctx),
  })
  const volumeReconciler = createVolumeReconciler({
    volumes: volumes.lister,
    client,
    provisioner,
    events,
    metrics: provisionMetrics,
    locks,
    clock,
    storageDeleted: (claimUid) => claimsOfDeletedVolumes.set(claimUid, true),
  })
  const saving: Reconciler = {
    reconcile: (name, ctx) => locks.run(name, () => saver.reconcile(name, ctx), { signal: ctx.signal }),
  }
  const controllers = [
    createController({
      name: 'claims',
      queue: queues.claims,
      reconciler: claimReconciler,
      workers,
      log,
      metrics,
      clock,
    }),
    createController({
      name: 'volumes',
      queue: queues.volumes,
      reconciler: volumeReconciler,
      workers,
      log,
      metrics,
      clock,
    }),
    createController({
      name: 'unsavedpvs',
      queue: queues.unsaved,
      reconciler: saving,
      workers: saverWorkers,
      log,
      metrics,
      clock,
    }),
  ]

  const claimChanged = (claim: Cached<PersistentVolumeClaim>): void => {
    // A bound claim has what it wants; at 10,000 of them each resync would else be 10,000 empty reconciliations.
    if (!hasVolume(claim)) queues.claims.add(claim.metadata.uid ?? '')
  }
  // Class and claim are often applied together, and come by different watches: the claim must not wait out a backoff, nor one
  // that an older class of that name made infeasible.
  const classAdded = (storageClass: Cached<StorageClass>): void => {
    for (const claim of claims.lister.byIndex(openClaimsByClassIndex, storageClass.metadata.name)) claimChanged(claim)
  }
  claims.addHandler({ add: claimChanged, update: claimChanged })
  classes.addHandler({ add: classAdded })
  volumes.addHandler({
    add({ metadata: { name } }) {
      unseenVolumes.delete(name)
      queues.volumes.add(name)
    },
    update: (volume) => queues.volumes.add(volume.metadata.name),
    delete: (volume) => queues.volumes.forget(volume.metadata.name),
  })

  return {
    enqueueVolume: (name) => queues.volumes.add(name),
    async run(ctx) {
      log.info('starting provisioner controller', { workers, retryIntervalStartMs, retryIntervalMaxMs })
      await Promise.all(controllers.map((controller) => controller.run(ctx)))
      log.info('stopped provisioner controller')
    },
  }
}

function createQueues(
  { clock, metrics }: ProvisionControllerDeps,
  { retryIntervalMaxMs: maxMs, retryIntervalStartMs: baseMs }: ProvisionControllerOptions,
): { claims: WorkQueue; volumes: WorkQueue; unsaved: WorkQueue } {
  return {
    claims: createWorkQueue({ name: 'claims', limiter: itemExponentialLimiter({ baseMs, maxMs }), clock, metrics }),
    volumes: createWorkQueue({ name: 'volumes', limiter: itemExponentialLimiter({ baseMs, maxMs }), clock, metrics }),
    unsaved: createWorkQueue({
      name: 'unsavedpvs',
      // Storage without an object is the one state to leave soon: quick at first, and never slower than claims.
      limiter: maxOf(itemExponentialLimiter({ baseMs: 5, maxMs }), bucketLimiter({ qps: 10, burst: 100, clock })),
      clock,
      metrics,
    }),
  }
}

function uidOf({ claim }: ProvisionRequest): string {
  return claim.metadata.uid ?? ''
}
