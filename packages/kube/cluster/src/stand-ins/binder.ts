import {
  annotations,
  keyOf,
  type ObjectKey,
  type PersistentVolume,
  type PersistentVolumeClaim,
  refOf,
  resources,
} from '@csi-ts/kube-api'
import { isNotFound, type KubeClient } from '@csi-ts/kube-client'
import {
  type Cached,
  createController,
  type DeepReadonly,
  done,
  type EventRecorder,
  type IndexFunction,
  type Informers,
  type Needs,
  type Reconciler,
  type ResourceNeed,
} from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { isReservedFor, planBind } from './claim-binding.ts'
import { watchKeys } from './watch-keys.ts'

const volumes = resources.persistentVolumes
const claims = resources.persistentVolumeClaims

/** Name of the index of volumes by the key of the claim that they are reserved for. */
const claimIndex = 'binderClaim'

const byClaim: IndexFunction<PersistentVolume> = (volume: DeepReadonly<PersistentVolume>) => {
  const { name, namespace = '' } = volume.spec?.claimRef ?? {}
  return name === undefined ? [] : [keyOf({ name, namespace })]
}

const volumeNeed: ResourceNeed<PersistentVolume> = {
  resource: volumes,
  verbs: ['get', 'list', 'watch', 'patch'],
  fields: ['spec', 'status', 'metadata.annotations', 'metadata.finalizers'],
  indexes: { [claimIndex]: byClaim },
}

/** What the binder watches and writes. */
export const binderNeeds: Needs = [
  {
    resource: claims,
    verbs: ['get', 'list', 'watch', 'patch'],
    fields: ['spec', 'status', 'metadata.annotations', 'metadata.finalizers'],
  },
  volumeNeed,
  { resource: resources.storageClasses, verbs: ['get', 'list', 'watch'], fields: ['provisioner', 'volumeBindingMode'] },
]

/** What the binder is made from. */
export interface BinderDeps {
  readonly client: KubeClient
  readonly informers: Informers
  readonly events: EventRecorder
}

/**
 * Stand-in for kube-controller-manager's PersistentVolume controller: asks the external provisioner, binds claims and
 * volumes, and releases volumes whose claim has gone. Resolves when the signal fires.
 */
export async function runBinder(deps: BinderDeps, ctx: WorkContext): Promise<void> {
  const claimController = createController({
    name: 'binder-claims',
    reconciler: claimReconciler(deps),
    workers: 4,
    log: ctx.log,
  })
  const volumeController = createController({
    name: 'binder-volumes',
    reconciler: volumeReconciler(deps),
    workers: 4,
    log: ctx.log,
  })
  watchKeys(deps.informers.informer(claims), (claim) => {
    claimController.enqueue(keyOf(claim))
    // By the volume's reference: a claim that goes while it is being bound does not name its volume yet.
    for (const volume of deps.informers.informer(volumes).lister.byIndex(claimIndex, keyOf(claim))) {
      volumeController.enqueue(keyOf(volume))
    }
  })
  watchKeys(deps.informers.informer(volumes), (volume) => {
    volumeController.enqueue(keyOf(volume))
    const ref = volume.spec?.claimRef
    if (ref?.name !== undefined) claimController.enqueue(keyOf({ name: ref.name, namespace: ref.namespace ?? '' }))
  })
  watchKeys(deps.informers.informer(resources.storageClasses), () => {
    for (const claim of deps.informers.informer(claims).lister.list()) claimController.enqueue(keyOf(claim))
  })
  await Promise.all([claimController.run(ctx), volumeController.run(ctx)])
}

function claimReconciler({ client, informers, events }: BinderDeps): Reconciler {
  const lister = informers.informer(claims).lister
  const classes = informers.informer(resources.storageClasses).lister
  const volumeLister = informers.informer(volumes).lister
  return {
    async reconcile(key, ctx) {
      const claim = lister.get(key)
      if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return done
      if (claim.spec?.volumeName !== undefined) {
        const volume = volumeLister.get(claim.spec.volumeName)
        if (volume !== undefined && isReservedFor(volume, claim)) await bind(client, claim, volume, ctx)
        return done
      }
      const plan = planBind(claim, volumeLister.list(), classes.get(claim.spec?.storageClassName ?? ''))
      switch (plan.kind) {
        case 'bind':
          await bind(client, claim, plan.volume, ctx)
          return done
        case 'provision':
          await askProvisioner(client, claim, plan.provisioner, ctx)
          events.normal(claim, 'ExternalProvisioning', waitingFor(plan.provisioner))
          return done
        case 'wait-for-consumer':
          events.normal(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding')
          return done
        case 'no-class':
          events.normal(
            claim,
            'FailedBinding',
            'no persistent volumes available for this claim and no storage class is set',
          )
          return done
        case 'class-missing':
          events.warning(claim, 'ProvisioningFailed', `storageclass.storage.k8s.io "${plan.name}" not found`)
          return done
      }
    },
  }
}

function volumeReconciler({ client, informers }: BinderDeps): Reconciler {
  const lister = informers.informer(volumes).lister
  const claimLister = informers.informer(claims).lister
  return {
    async reconcile(key, ctx) {
      const volume = lister.get(key)
      if (volume === undefined) return done
      const ref = volume.spec?.claimRef
      if (ref === undefined) {
        if (volume.metadata.deletionTimestamp === undefined) await markVolume(client, volume, 'Available', ctx)
        return done
      }
      if (ref.uid === undefined || ref.name === undefined) return done // reserved for a claim that is not there yet
      const claimKey: ObjectKey = keyOf({ name: ref.name, namespace: ref.namespace ?? '' })
      const cached = claimLister.get(claimKey)
      if (cached?.metadata.uid === ref.uid) return done
      // The cache may lag behind: a volume is released only when the API server says that its claim has gone.
      const claim = await client.resource(claims).get(refOf(claimKey), ctx).catch(undefinedWhenMissing)
      if (claim?.metadata.uid !== ref.uid) await markVolume(client, volume, 'Released', ctx)
      return done
    },
  }
}

/** The four writes of the real controller, in its order; each is repeatable, so an interruption is healed by the next event. */
async function bind(
  client: KubeClient,
  claim: Cached<PersistentVolumeClaim>,
  volume: Cached<PersistentVolume>,
  ctx: WorkContext,
): Promise<void> {
  if (volume.spec?.claimRef?.uid !== claim.metadata.uid) {
    const claimRef = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      name: claim.metadata.name,
      namespace: claim.metadata.namespace,
      uid: claim.metadata.uid,
      resourceVersion: claim.metadata.resourceVersion,
    }
    const body = { metadata: { annotations: { [annotations.boundByController]: 'yes' } }, spec: { claimRef } }
    await client.resource(volumes).patch(volume.metadata, { type: 'merge', body }, ctx)
  }
  await markVolume(client, volume, 'Bound', ctx)
  if (claim.metadata.annotations?.[annotations.bindCompleted] === undefined) {
    const added = { [annotations.bindCompleted]: 'yes', [annotations.boundByController]: 'yes' }
    const body = { metadata: { annotations: added }, spec: { volumeName: volume.metadata.name } }
    await client.resource(claims).patch(claim.metadata, { type: 'merge', body }, ctx)
  }
  if (claim.status?.phase !== 'Bound') {
    const status = { phase: 'Bound', accessModes: volume.spec?.accessModes, capacity: volume.spec?.capacity }
    await client
      .resource(claims)
      .patch(claim.metadata, { type: 'merge', body: { status } }, ctx, { subresource: 'status' })
  }
}

async function markVolume(
  client: KubeClient,
  volume: Cached<PersistentVolume>,
  phase: string,
  ctx: WorkContext,
): Promise<void> {
  if (volume.status?.phase === phase) return
  await client
    .resource(volumes)
    .patch(volume.metadata, { type: 'merge', body: { status: { phase } } }, ctx, { subresource: 'status' })
}

async function askProvisioner(
  client: KubeClient,
  claim: Cached<PersistentVolumeClaim>,
  provisioner: string,
  ctx: WorkContext,
): Promise<void> {
  if (claim.metadata.annotations?.[annotations.storageProvisioner] === provisioner) return
  const added = { [annotations.storageProvisioner]: provisioner, [annotations.betaStorageProvisioner]: provisioner }
  await client
    .resource(claims)
    .patch(claim.metadata, { type: 'merge', body: { metadata: { annotations: added } } }, ctx)
}

function waitingFor(provisioner: string): string {
  return `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the system administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.`
}

function undefinedWhenMissing(error: unknown): undefined {
  if (isNotFound(error)) return undefined
  throw error
}
