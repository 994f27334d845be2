import { keyOf, resources } from '@csi-ts/kube-api'
import { isAlreadyExists, type KubeClient } from '@csi-ts/kube-client'
import { createController, type EventRecorder, type Informers, type Needs } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import { type PluginRegistry, runPluginWatcher } from './plugin-watcher.ts'
import { podReconciler } from './pod-volumes.ts'
import { watchKeys } from './watch-keys.ts'

/** What the kubelet watches and writes. */
export const kubeletNeeds: Needs = [
  {
    resource: resources.pods,
    verbs: ['list', 'watch', 'patch', 'delete'],
    fields: ['spec', 'status', 'metadata.annotations'],
  },
  { resource: resources.persistentVolumeClaims, verbs: ['list', 'watch'], fields: ['spec', 'status'] },
  { resource: resources.persistentVolumes, verbs: ['list', 'watch'], fields: ['spec'] },
  { resource: resources.csiDrivers, verbs: ['list', 'watch'], fields: ['spec'] },
]

/** One node of the stand-in. */
export interface KubeletOptions {
  readonly nodeName: string
  /** Its `--root-dir`: `plugins_registry`, `plugins` and `pods` lie below. */
  readonly rootDir: string
  readonly labels?: Readonly<Record<string, string>>
}

/** What the kubelet is made from. */
export interface KubeletDeps {
  readonly client: KubeClient
  readonly informers: Informers
  readonly events: EventRecorder
}

/** A running kubelet. */
export interface Kubelet {
  /** Resolves when the signal fired and everything has stopped. */
  readonly stopped: Promise<void>
}

/**
 * Stand-in for kubelet's plugin manager and volume manager: registers drivers whose socket appears in
 * `plugins_registry`, stages and publishes the volumes of pods that were bound to this node, and takes them down again.
 * It makes the same CSI calls in the same order; it runs no containers.
 */
export async function startKubelet(deps: KubeletDeps, options: KubeletOptions, ctx: WorkContext): Promise<Kubelet> {
  await ensureNode(deps.client, options, ctx)
  const registry: PluginRegistry = new Map()
  const controller = createController({
    name: 'kubelet',
    reconciler: podReconciler(deps, options, registry),
    workers: 4,
    log: ctx.log,
  })
  const pods = deps.informers.informer(resources.pods)
  const wakeAll = (): void => {
    for (const pod of pods.lister.list()) if (pod.spec?.nodeName === options.nodeName) controller.enqueue(keyOf(pod))
  }
  watchKeys(pods, (pod) => {
    if (pod.spec?.nodeName === options.nodeName) controller.enqueue(keyOf(pod))
  })
  watchKeys(deps.informers.informer(resources.persistentVolumeClaims), wakeAll)
  const watcher = runPluginWatcher({ ...deps, registry, changed: wakeAll }, options, ctx)
  return { stopped: Promise.all([controller.run(ctx), watcher]).then(() => undefined) }
}

async function ensureNode(client: KubeClient, options: KubeletOptions, ctx: WorkContext): Promise<void> {
  const labels = { 'kubernetes.io/hostname': options.nodeName, 'kubernetes.io/os': 'linux', ...options.labels }
  const uid = await client
    .resource(resources.nodes)
    .create({ metadata: { name: options.nodeName, labels } }, ctx)
    .catch(async (error: unknown) => {
      if (!isAlreadyExists(error)) throw error
      return await client.resource(resources.nodes).get({ name: options.nodeName }, ctx)
    })
    .then((node) => node.metadata.uid)
  const status = {
    conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: 'kubelet is posting ready status' }],
  }
  await client
    .resource(resources.nodes)
    .patch({ name: options.nodeName }, { type: 'merge', body: { status } }, ctx, { subresource: 'status' })
  const ownerReferences = [{ apiVersion: 'v1', kind: 'Node', name: options.nodeName, uid: uid ?? '' }]
  await client
    .resource(resources.csiNodes)
    .create({ metadata: { name: options.nodeName, ownerReferences }, spec: { drivers: [] } }, ctx)
    .catch((error: unknown) => {
      if (!isAlreadyExists(error)) throw error
    })
}
