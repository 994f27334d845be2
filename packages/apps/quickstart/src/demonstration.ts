import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import { createMountTable } from '@csi-ts/mount'
import type { Parts } from './parts.ts'
import type { RunStep } from './steps.ts'

const namespace = 'default'
const name = 'quickstart'
const ref = { name, namespace }
const text = 'hello from the pod\n'

/** What the pod uses while it runs. */
export interface Mounted {
  readonly volume: PersistentVolume
  /** Where the volume is mounted for the pod. */
  readonly mountPath: string
}

/** A claim becomes a mounted volume, and what was written through the mount is read back. */
export async function demonstrateUse(
  parts: Parts,
  parameters: Readonly<Record<string, string>>,
  step: RunStep,
): Promise<Mounted> {
  await step('storage-class', 'StorageClass applied', () => applyClass(parts, parameters))
  await step('claim-created', 'claim created', () => createClaim(parts))
  const volume = await step('create-volume', 'CreateVolume', () => volumeCreated(parts))
  await step('volume-bound', 'PV bound', () => claimBound(parts, volume))
  await step('pod-scheduled', 'pod scheduled', () => podScheduled(parts))
  const mountPath = await step('node-publish-volume', 'NodePublishVolume', () => volumePublished(parts, volume))
  await step('bytes-written', 'bytes written', async () => {
    await writeFile(join(mountPath, 'hello'), text)
    return { detail: `${text.length} bytes to ${parts.show(join(mountPath, 'hello'))}`, value: undefined }
  })
  await step('bytes-read', 'bytes read back', () => bytesRead(parts, volume, mountPath))
  return { volume, mountPath }
}

/** The way back: pod, mount, claim and volume go. */
export async function demonstrateCleanup(parts: Parts, { volume, mountPath }: Mounted, step: RunStep): Promise<void> {
  const { objects } = parts.cluster
  await step('pod-deleted', 'pod deleted', async () => {
    await objects.delete(resources.pods, ref)
    await objects.waitGone(resources.pods, ref)
    return { detail: `${namespace}/${name}`, value: undefined }
  })
  await step('unmounted', 'unmounted', async () => {
    const left = await createMountTable().at(mountPath)
    if (left !== undefined) throw new Error(`${left.source} is still mounted on ${mountPath}`)
    return { detail: parts.show(mountPath), value: undefined }
  })
  await step('claim-deleted', 'claim deleted', async () => {
    await objects.delete(resources.persistentVolumeClaims, ref)
    await objects.waitGone(resources.persistentVolumeClaims, ref)
    return { detail: `${namespace}/${name}`, value: undefined }
  })
  await step('delete-volume', 'DeleteVolume', async () => {
    await objects.waitGone(resources.persistentVolumes, { name: volume.metadata.name })
    return { detail: volume.spec?.csi?.volumeHandle ?? '', value: undefined }
  })
}

type Done<T> = Promise<{ readonly detail: string; readonly value: T }>

async function applyClass({ cluster, driverName }: Parts, parameters: Readonly<Record<string, string>>): Done<void> {
  const spec = { attachRequired: false, podInfoOnMount: true }
  await cluster.objects.apply(resources.csiDrivers, { metadata: { name: driverName }, spec })
  await cluster.objects.apply(resources.storageClasses, {
    metadata: { name },
    provisioner: driverName,
    reclaimPolicy: 'Delete',
    volumeBindingMode: 'Immediate',
    parameters,
  })
  return { detail: `${name}, provisioner ${driverName}`, value: undefined }
}

async function createClaim({ cluster }: Parts): Done<void> {
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: name,
    resources: { requests: { storage: '1Mi' } },
  }
  await cluster.objects.apply(resources.persistentVolumeClaims, { metadata: ref, spec })
  return { detail: `${namespace}/${name}, 1Mi`, value: undefined }
}

async function volumeCreated({ cluster }: Parts): Done<PersistentVolume> {
  const claim = await cluster.client.resource(resources.persistentVolumeClaims).get(ref, cluster.ctx)
  const volumeName = `pvc-${claim.metadata.uid}`
  const volume = await cluster.objects.waitFor(
    resources.persistentVolumes,
    { name: volumeName },
    'the volume',
    () => true,
  )
  return { detail: `volume ${volume.spec?.csi?.volumeHandle}`, value: volume }
}

async function claimBound({ cluster }: Parts, volume: PersistentVolume): Done<void> {
  await cluster.objects.waitFor(
    resources.persistentVolumeClaims,
    ref,
    'phase Bound',
    ({ status }) => status?.phase === 'Bound',
  )
  return { detail: volume.metadata.name, value: undefined }
}

async function podScheduled({ cluster }: Parts): Done<void> {
  const volumeMounts = [{ name: 'data', mountPath: '/data' }]
  const spec = {
    containers: [{ name: 'main', image: 'none', volumeMounts }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
  }
  await cluster.objects.apply(resources.pods, { metadata: ref, spec })
  const pod = await cluster.objects.waitFor(resources.pods, ref, 'a node', (it) => it.spec?.nodeName !== undefined)
  return { detail: `${namespace}/${name} to ${pod.spec?.nodeName}`, value: undefined }
}

async function volumePublished({ cluster, publishPath, show }: Parts, volume: PersistentVolume): Done<string> {
  const pod = await cluster.objects.waitFor(
    resources.pods,
    ref,
    'phase Running',
    ({ status }) => status?.phase === 'Running',
  )
  const mountPath = publishPath(pod.metadata.uid ?? '', volume.metadata.name)
  const mount = await createMountTable().at(mountPath)
  if (mount === undefined) throw new Error(`nothing is mounted on ${mountPath}`)
  return { detail: `${mount.fsType} mounted on ${show(mountPath)}`, value: mountPath }
}

async function bytesRead({ backingPath, show }: Parts, volume: PersistentVolume, mountPath: string): Done<void> {
  // Our own driver's storage is looked at directly; of another driver only the mount is known.
  const folder = backingPath === undefined ? mountPath : backingPath(volume.spec?.csi?.volumeHandle ?? '')
  const path = join(folder, 'hello')
  const read = await readFile(path, 'utf8')
  if (read !== text) throw new Error(`${path} holds ${JSON.stringify(read)}, written was ${JSON.stringify(text)}`)
  return { detail: `${read.length} bytes from ${show(path)}`, value: undefined }
}
