import { type KubeObject, keyOf, type Pod, refOf, resources } from '@csi-ts/kube-api'
import type { KubeClient, Patch } from '@csi-ts/kube-client'
import {
  type Cached,
  createController,
  done,
  type Informers,
  type Needs,
  type Reconciler,
} from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { watchKeys } from './watch-keys.ts'

const claimFinalizer = 'kubernetes.io/pvc-protection'
const volumeFinalizer = 'kubernetes.io/pv-protection'

/** What the protection controllers watch and write. */
export const protectionNeeds: Needs = [
  { resource: resources.persistentVolumeClaims, verbs: ['list', 'watch', 'patch'], fields: ['metadata.finalizers'] },
  {
    resource: resources.persistentVolumes,
    verbs: ['list', 'watch', 'patch'],
    fields: ['metadata.finalizers', 'status.phase'],
  },
  { resource: resources.pods, verbs: ['list', 'watch'], fields: ['spec.volumes', 'status.phase'] },
]

/** What the protection controllers are made from. */
export interface ProtectionDeps {
  readonly client: KubeClient
  readonly informers: Informers
}

/**
 * Stand-in for the pvc-protection and pv-protection controllers: a deleted claim stays while a pod uses it, a deleted
 * volume while it is bound.
 */
export async function runProtection(deps: ProtectionDeps, ctx: WorkContext): Promise<void> {
  const claims = createController({
    name: 'pvc-protection',
    reconciler: claimReconciler(deps),
    workers: 1,
    log: ctx.log,
  })
  const volumes = createController({
    name: 'pv-protection',
    reconciler: volumeReconciler(deps),
    workers: 1,
    log: ctx.log,
  })
  watchKeys(deps.informers.informer(resources.persistentVolumeClaims), (claim) => claims.enqueue(keyOf(claim)))
  watchKeys(deps.informers.informer(resources.persistentVolumes), (volume) => volumes.enqueue(keyOf(volume)))
  watchKeys(deps.informers.informer(resources.pods), (pod) => {
    for (const name of claimNames(pod)) claims.enqueue(keyOf({ name, namespace: pod.metadata.namespace ?? '' }))
  })
  await Promise.all([claims.run(ctx), volumes.run(ctx)])
}

/** Names of the claims that a pod's volumes refer to. */
export function claimNames(pod: Cached<Pod>): string[] {
  return (pod.spec?.volumes ?? []).flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName],
  )
}

function claimReconciler({ client, informers }: ProtectionDeps): Reconciler {
  return {
    async reconcile(key, ctx) {
      const claim = informers.informer(resources.persistentVolumeClaims).lister.get(key)
      const finalizers = claim?.metadata.finalizers ?? []
      if (claim?.metadata.deletionTimestamp === undefined || !finalizers.includes(claimFinalizer)) return done
      const { name, namespace } = refOf(key)
      const pods = informers.informer(resources.pods).lister.list()
      if (
        pods.some((pod) => pod.metadata.namespace === namespace && !isFinished(pod) && claimNames(pod).includes(name))
      )
        return done
      await client
        .resource(resources.persistentVolumeClaims)
        .patch(refOf(key), withoutFinalizerPatch(claim, claimFinalizer), ctx)
      return done
    },
  }
}

function volumeReconciler({ client, informers }: ProtectionDeps): Reconciler {
  return {
    async reconcile(key, ctx) {
      const volume = informers.informer(resources.persistentVolumes).lister.get(key)
      const finalizers = volume?.metadata.finalizers ?? []
      if (volume?.metadata.deletionTimestamp === undefined || !finalizers.includes(volumeFinalizer)) return done
      if (volume.status?.phase === 'Bound') return done
      await client
        .resource(resources.persistentVolumes)
        .patch(refOf(key), withoutFinalizerPatch(volume, volumeFinalizer), ctx)
      return done
    },
  }
}

function isFinished(pod: Cached<Pod>): boolean {
  return pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed'
}

/** Carries the resourceVersion: a finalizer that somebody added meanwhile must not get lost. */
function withoutFinalizerPatch(object: Cached<KubeObject>, finalizer: string): Patch {
  const finalizers = (object.metadata.finalizers ?? []).filter((name) => name !== finalizer)
  return { type: 'merge', body: { metadata: { resourceVersion: object.metadata.resourceVersion, finalizers } } }
}
