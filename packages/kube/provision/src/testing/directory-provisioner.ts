import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { systemClock } from '@csi-ts/concurrency'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { createEventRecorder, createInformers, createManager } from '@csi-ts/kube-controller'
import { createProvisionController, type Provisioner, provisionNeeds } from '@csi-ts/kube-provision'
import { createMetrics, type WorkContext } from '@csi-ts/telemetry'

/** Volumes are directories of this machine. */
function directoriesBelow(root: string): Provisioner {
  return {
    names: ['directories.example.com'],
    volumeName: ({ metadata }) => `pvc-${metadata.uid}`,
    owns: () => false,
    storageId: ({ spec }) => spec.hostPath?.path,
    async provision({ claim, storageClass, volumeName }) {
      const path = join(root, volumeName)
      await mkdir(path, { recursive: true }) // a repeated request finds what an earlier one made
      const spec = {
        accessModes: [...(claim.spec.accessModes ?? [])],
        capacity: { storage: claim.spec.resources?.requests?.['storage'] ?? '0' },
        hostPath: { path },
        persistentVolumeReclaimPolicy: storageClass.reclaimPolicy ?? 'Delete',
      }
      return { kind: 'provisioned', volume: { metadata: { name: volumeName }, spec } }
    },
    async deleteStorage({ metadata }) {
      await rm(join(root, metadata.name ?? ''), { recursive: true, force: true })
      return { kind: 'deleted' }
    },
  }
}

/** Serves claims of the class's provisioner `directories.example.com` until the signal fires. */
export async function runDirectoryProvisioner(client: KubeClient, root: string, ctx: WorkContext): Promise<void> {
  const { log } = ctx
  const informers = createInformers({ client, log })
  informers.register(provisionNeeds)
  informers.register([
    // What `provision` reads besides.
    {
      resource: resources.persistentVolumeClaims,
      verbs: ['list', 'watch'],
      fields: ['spec.accessModes', 'spec.resources'],
    },
    { resource: resources.storageClasses, verbs: ['list', 'watch'], fields: ['reclaimPolicy'] },
  ])
  const events = createEventRecorder({ client, component: 'directories.example.com', log })
  const controller = createProvisionController(
    {
      provisioner: directoriesBelow(root),
      client,
      informers,
      events,
      metrics: createMetrics(),
      clock: systemClock,
      log,
    },
    { workers: 10, retryIntervalStartMs: 1000, retryIntervalMaxMs: 300_000 },
  )
  await createManager({ informers, runnables: [controller] }).run(ctx)
  events.close()
}
