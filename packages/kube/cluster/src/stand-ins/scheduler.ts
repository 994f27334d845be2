import { annotations, keyOf, matchesNodeSelectorTerms, type Node, type Pod, resources } from '@csi-ts/kube-api'
import { isConflict, type KubeClient } from '@csi-ts/kube-client'
import {
  type Cached,
  createController,
  done,
  type EventRecorder,
  type Informers,
  type Needs,
  type Reconciler,
  requeueAfter,
} from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { claimNames } from './protection.ts'
import { watchKeys } from './watch-keys.ts'

/** What the scheduler watches and writes. */
export const schedulerNeeds: Needs = [
  { resource: resources.pods, verbs: ['list', 'watch'], fields: ['spec.nodeName', 'spec.volumes', 'status.phase'] },
  { resource: resources.nodes, verbs: ['list', 'watch'], fields: ['metadata.labels', 'spec.unschedulable'] },
  {
    resource: resources.persistentVolumeClaims,
    verbs: ['list', 'watch', 'patch'],
    fields: ['spec', 'status', 'metadata.annotations'],
  },
  { resource: resources.persistentVolumes, verbs: ['list', 'watch'], fields: ['spec'] },
  { resource: resources.storageClasses, verbs: ['list', 'watch'], fields: ['volumeBindingMode'] },
]

/** What the scheduler is made from. */
export interface SchedulerDeps {
  readonly client: KubeClient
  readonly informers: Informers
  readonly events: EventRecorder
}

/** Where a pod may run, as far as its volumes say. */
type Placement =
  | { readonly kind: 'bind'; readonly node: string }
  /** Claims of a WaitForFirstConsumer class that learn the chosen node first. */
  | { readonly kind: 'select'; readonly node: string; readonly claims: readonly string[] }
  | { readonly kind: 'wait'; readonly why: string }

/**
 * Stand-in for kube-scheduler's volume binding: tells delayed claims which node was chosen, waits until every claim is
 * bound, then binds the pod. Resources, taints and affinity of pods do not count.
 */
export async function runScheduler(deps: SchedulerDeps, ctx: WorkContext): Promise<void> {
  const controller = createController({ name: 'scheduler', reconciler: podReconciler(deps), workers: 1, log: ctx.log })
  const { informers } = deps
  const pods = informers.informer(resources.pods)
  const wakeAll = (): void => {
    for (const pod of pods.lister.list()) if (isWaiting(pod)) controller.enqueue(keyOf(pod))
  }
  watchKeys(pods, (pod) => controller.enqueue(keyOf(pod)))
  watchKeys(informers.informer(resources.persistentVolumeClaims), wakeAll)
  watchKeys(informers.informer(resources.nodes), wakeAll)
  await controller.run(ctx)
}

function podReconciler({ client, informers, events }: SchedulerDeps): Reconciler {
  return {
    async reconcile(key, ctx) {
      const pod = informers.informer(resources.pods).lister.get(key)
      if (pod === undefined || !isWaiting(pod)) return done
      const placement = place(pod, informers)
      switch (placement.kind) {
        case 'wait':
          events.warning(pod, 'FailedScheduling', placement.why)
          return done // what it waits for is watched
        case 'select':
          for (const name of placement.claims) {
            const body = { metadata: { annotations: { [annotations.selectedNode]: placement.node } } }
            await client
              .resource(resources.persistentVolumeClaims)
              .patch({ name, namespace: pod.metadata.namespace ?? '' }, { type: 'merge', body }, ctx)
          }
          return done
        case 'bind':
          return await bindPod(client, events, pod, placement.node, ctx)
      }
    },
  }
}

async function bindPod(
  client: KubeClient,
  events: EventRecorder,
  pod: Cached<Pod>,
  node: string,
  ctx: WorkContext,
): ReturnType<Reconciler['reconcile']> {
  const { name, namespace = '' } = pod.metadata
  const body = {
    apiVersion: 'v1',
    kind: 'Binding',
    metadata: { name, namespace },
    target: { apiVersion: 'v1', kind: 'Node', name: node },
  }
  try {
    await client.raw({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods/${name}/binding`, body }, ctx)
  } catch (error) {
    if (isConflict(error)) return requeueAfter(50) // bound already, and the cache does not know yet
    throw error
  }
  events.normal(pod, 'Scheduled', `Successfully assigned ${namespace}/${name} to ${node}`)
  return done
}

function place(pod: Cached<Pod>, informers: Informers): Placement {
  const nodes = informers
    .informer(resources.nodes)
    .lister.list()
    .filter((node) => node.spec?.unschedulable !== true)
  const claims = informers.informer(resources.persistentVolumeClaims).lister
  const volumes = informers.informer(resources.persistentVolumes).lister
  const classes = informers.informer(resources.storageClasses).lister
  const unplaced: string[] = []
  let candidates = nodes
  for (const name of claimNames(pod)) {
    const claim = claims.get({ name, namespace: pod.metadata.namespace ?? '' })
    if (claim === undefined) return { kind: 'wait', why: `persistentvolumeclaim "${name}" not found` }
    const volume = claim.spec?.volumeName === undefined ? undefined : volumes.get(claim.spec.volumeName)
    if (volume !== undefined && claim.status?.phase === 'Bound') {
      const terms = volume.spec?.nodeAffinity?.required?.nodeSelectorTerms
      if (terms !== undefined)
        candidates = candidates.filter((node) => matchesNodeSelectorTerms(terms, node.metadata.labels ?? {}))
      continue
    }
    const selected = claim.metadata.annotations?.[annotations.selectedNode]
    if (
      classes.get(claim.spec?.storageClassName ?? '')?.volumeBindingMode !== 'WaitForFirstConsumer' ||
      selected !== undefined
    ) {
      return { kind: 'wait', why: 'pod has unbound immediate PersistentVolumeClaims' }
    }
    unplaced.push(name)
  }
  const node: Cached<Node> | undefined = candidates.toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))[0]
  if (node === undefined)
    return { kind: 'wait', why: `0/${nodes.length} nodes are available: node(s) had volume node affinity conflict.` }
  if (unplaced.length > 0) return { kind: 'select', node: node.metadata.name, claims: unplaced }
  return { kind: 'bind', node: node.metadata.name }
}

function isWaiting(pod: Cached<Pod>): boolean {
  return pod.spec?.nodeName === undefined && pod.metadata.deletionTimestamp === undefined
}
