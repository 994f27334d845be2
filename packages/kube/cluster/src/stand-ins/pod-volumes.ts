import { createHash } from 'node:crypto'
import { mkdir, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type CSIDriver, type ObjectKey, type PersistentVolume, type Pod, refOf, resources } from '@csi-ts/kube-api'
import { isNotFound } from '@csi-ts/kube-client'
import { type Cached, done, type Informers, type Reconciler } from '@csi-ts/kube-controller'
import type { WorkContext } from '@csi-ts/telemetry'
import type { KubeletDeps, KubeletOptions } from './kubelet.ts'
import type { PluginRegistry, RegisteredDriver } from './plugin-watcher.ts'
import { readSecret, volumeCapability } from './volume-request.ts'

/** One volume of a pod, resolved as far as its driver. */
interface PodVolume {
  /** Name within the pod. */
  readonly name: string
  readonly volume: Cached<PersistentVolume>
  readonly handle: string
  readonly driver: string
  readonly readOnly: boolean
}

/** What was done for a pod that is still there; the stand-in keeps in memory what kubelet reads from the disk. */
interface MountedPod {
  readonly uid: string
  readonly volumes: readonly PodVolume[]
}

/** Where a volume of a pod is published: kubelet's layout. */
export function publishPath(rootDir: string, podUid: string, volumeName: string): string {
  return join(rootDir, 'pods', podUid, 'volumes/kubernetes.io~csi', volumeName, 'mount')
}

/** Where a volume is staged: kubelet's layout since 1.24. */
export function stagingPath(rootDir: string, driver: string, handle: string): string {
  const digest = createHash('sha256').update(handle).digest('hex')
  return join(rootDir, 'plugins/kubernetes.io/csi', driver, digest, 'globalmount')
}

/** Brings the volumes of one pod up, marks it running, and takes everything down when it is deleted. */
export function podReconciler(deps: KubeletDeps, options: KubeletOptions, registry: PluginRegistry): Reconciler {
  const pods = deps.informers.informer(resources.pods).lister
  const mounted = new Map<ObjectKey, MountedPod>()
  const node = { deps, options, registry, mounted }
  return {
    async reconcile(key, ctx) {
      const pod = pods.get(key)
      const before = mounted.get(key)
      // A pod that was deleted by force is gone before kubelet has done its part; its volumes are taken down all the same.
      if (before !== undefined && before.uid !== pod?.metadata.uid) await takeDownVolumes(node, key, before, ctx)
      if (pod === undefined) return done
      if (pod.metadata.deletionTimestamp !== undefined) {
        await tearDown(node, key, pod, ctx)
        return done
      }
      if (pod.status?.phase === 'Running') return done
      try {
        await setUp(node, key, pod, ctx)
      } catch (error) {
        deps.events.warning(pod, 'FailedMount', error instanceof Error ? error.message : String(error))
        throw error // backoff
      }
      return done
    },
  }
}

interface NodeState {
  readonly deps: KubeletDeps
  readonly options: KubeletOptions
  readonly registry: PluginRegistry
  readonly mounted: Map<ObjectKey, MountedPod>
}

async function setUp(node: NodeState, key: ObjectKey, pod: Cached<Pod>, ctx: WorkContext): Promise<void> {
  const volumes = resolveVolumes(node.deps.informers, pod)
  // Known before the first call: a pod that is deleted half-way is taken down as far as it came.
  node.mounted.set(key, { uid: pod.metadata.uid ?? '', volumes })
  for (const volume of volumes) await publish(node, pod, volume, ctx)
  const now = new Date().toISOString().replace(/\.\d+Z$/, 'Z')
  const containerStatuses = (pod.spec?.containers ?? []).map(({ name, image }) => ({
    name,
    image: image ?? '',
    imageID: '',
    ready: true,
    started: true,
    restartCount: 0,
    state: { running: { startedAt: now } },
  }))
  const conditions = ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
    lastTransitionTime: now,
  }))
  const status = { phase: 'Running', startTime: now, conditions, containerStatuses }
  await node.deps.client
    .resource(resources.pods)
    .patch(refOf(key), { type: 'merge', body: { status } }, ctx, { subresource: 'status' })
}

async function tearDown(node: NodeState, key: ObjectKey, pod: Cached<Pod>, ctx: WorkContext): Promise<void> {
  const before = node.mounted.get(key)
  if (before !== undefined) await takeDownVolumes(node, key, before, ctx)
  await node.deps.client
    .resource(resources.pods)
    .delete(refOf(key), ctx, { gracePeriodSeconds: 0, uid: pod.metadata.uid ?? '' })
    .catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
}

async function takeDownVolumes(node: NodeState, key: ObjectKey, before: MountedPod, ctx: WorkContext): Promise<void> {
  for (const volume of before.volumes) await unpublish(node, key, before.uid, volume, ctx)
  node.mounted.delete(key)
}

async function publish(
  { deps, options, registry }: NodeState,
  pod: Cached<Pod>,
  podVolume: PodVolume,
  ctx: WorkContext,
): Promise<void> {
  const { volume, handle } = podVolume
  const driver = driverOf(registry, podVolume.driver)
  const staging = driver.stages ? stagingPath(options.rootDir, podVolume.driver, handle) : ''
  const target = publishPath(options.rootDir, pod.metadata.uid ?? '', volume.metadata.name)
  const volumeContext = volume.spec?.csi?.volumeAttributes ?? {}
  const request = { volumeId: handle, volumeCapability: volumeCapability(volume), stagingTargetPath: staging }
  if (driver.stages) {
    await mkdir(staging, { recursive: true, mode: 0o750 })
    const secrets = await readSecret(deps.client, volume.spec?.csi?.nodeStageSecretRef, ctx)
    await driver.connection.node.nodeStageVolume({ ...request, volumeContext, secrets }, { ...ctx, timeoutMs: 120_000 })
  }
  await mkdir(dirname(target), { recursive: true, mode: 0o750 })
  const secrets = await readSecret(deps.client, volume.spec?.csi?.nodePublishSecretRef, ctx)
  const context = {
    ...volumeContext,
    ...podInfo(deps.informers.informer(resources.csiDrivers).lister.get(podVolume.driver), pod),
  }
  await driver.connection.node.nodePublishVolume(
    { ...request, targetPath: target, readonly: podVolume.readOnly, volumeContext: context, secrets },
    { ...ctx, timeoutMs: 120_000 },
  )
}

async function unpublish(
  { options, registry, mounted }: NodeState,
  key: ObjectKey,
  podUid: string,
  podVolume: PodVolume,
  ctx: WorkContext,
): Promise<void> {
  const driver = driverOf(registry, podVolume.driver)
  const target = publishPath(options.rootDir, podUid, podVolume.volume.metadata.name)
  await driver.connection.node.nodeUnpublishVolume(
    { volumeId: podVolume.handle, targetPath: target },
    { ...ctx, timeoutMs: 120_000 },
  )
  await removeEmptyUpwards(dirname(target), join(options.rootDir, 'pods'))
  const usedElsewhere = [...mounted].some(
    ([other, { volumes }]) => other !== key && volumes.some(({ handle }) => handle === podVolume.handle),
  )
  if (!driver.stages || usedElsewhere) return
  const staging = stagingPath(options.rootDir, podVolume.driver, podVolume.handle)
  await driver.connection.node.nodeUnstageVolume(
    { volumeId: podVolume.handle, stagingTargetPath: staging },
    { ...ctx, timeoutMs: 120_000 },
  )
  await removeEmptyUpwards(staging, join(options.rootDir, 'plugins'))
}

function driverOf(registry: PluginRegistry, name: string): RegisteredDriver {
  const driver = registry.get(name)
  if (driver === undefined) throw new Error(`driver name ${name} not found in the list of registered CSI drivers`)
  return driver
}

function resolveVolumes(informers: Informers, pod: Cached<Pod>): PodVolume[] {
  return (pod.spec?.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => {
    if (persistentVolumeClaim === undefined) return []
    const claim = informers
      .informer(resources.persistentVolumeClaims)
      .lister.get({ name: persistentVolumeClaim.claimName, namespace: pod.metadata.namespace ?? '' })
    if (claim?.spec?.volumeName === undefined || claim.status?.phase !== 'Bound')
      throw new Error(`claim ${persistentVolumeClaim.claimName} is not bound`)
    const volume = informers.informer(resources.persistentVolumes).lister.get(claim.spec.volumeName)
    const csi = volume?.spec?.csi
    if (volume === undefined || csi === undefined)
      throw new Error(`volume ${claim.spec.volumeName} is not cached, or no CSI volume`)
    return [
      {
        name,
        volume,
        handle: csi.volumeHandle,
        driver: csi.driver,
        readOnly: persistentVolumeClaim.readOnly ?? csi.readOnly ?? false,
      },
    ]
  })
}

function podInfo(driver: Cached<CSIDriver> | undefined, pod: Cached<Pod>): Record<string, string> {
  if (driver?.spec?.podInfoOnMount !== true) return {}
  return {
    'csi.storage.k8s.io/pod.name': pod.metadata.name,
    'csi.storage.k8s.io/pod.namespace': pod.metadata.namespace ?? '',
    'csi.storage.k8s.io/pod.uid': pod.metadata.uid ?? '',
    'csi.storage.k8s.io/serviceAccount.name': pod.spec?.serviceAccountName ?? 'default',
    'csi.storage.k8s.io/ephemeral': 'false',
  }
}

/** Removes empty folders from `path` up to, and without, `end`; a folder that holds something is left alone. */
async function removeEmptyUpwards(path: string, end: string): Promise<void> {
  for (let folder = path; folder.startsWith(`${end}/`); folder = dirname(folder)) {
    try {
      await rmdir(folder)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOENT') continue
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'EBUSY') return
      throw error
    }
  }
}
