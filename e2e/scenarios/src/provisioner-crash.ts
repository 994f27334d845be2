import { resources, type Scenario } from '@csi-ts/kube-cluster/port'
import { withDriver } from './driver-parts.ts'
import { equal } from './expect.ts'
import { claim, namespace, storageClass } from './storage-objects.ts'

const provisioner = { component: 'external-provisioner', throughFaultProxy: true } as const
const volumeWrite = { verb: 'create', resource: 'persistentvolumes' } as const

/** Killed after CreateVolume, before the PersistentVolume is written; started again. */
export const crashBeforeVolumeWrite: Scenario = {
  name: 'crash-before-volume-write',
  title:
    'the provisioner is killed between CreateVolume and the write of the volume: the claim binds after a restart, one volume exists',
  run: (cluster) =>
    withDriver(cluster, { provisioner }, async (parts, start) => {
      const name = 'crash-before-volume-write'
      const before = await cluster.backend.volumes()
      const ref = { name, namespace }
      const fault = cluster.fault({
        match: volumeWrite,
        when: 'before',
        action: { kind: 'kill', component: parts.provisioner },
      })
      await cluster.apply(resources.storageClasses, storageClass(name))
      await cluster.apply(resources.persistentVolumeClaims, claim(name, name))
      await fault.reached
      equal('end of the provisioner', (await parts.provisioner.exited).signal, 'SIGKILL')
      equal(
        'volumes in the driver while the provisioner is down',
        (await cluster.backend.volumes()).length - before.length,
        1,
      )

      await start({ ...provisioner, name: 'external-provisioner-again' })
      const bound = await cluster.waitFor(
        resources.persistentVolumeClaims,
        ref,
        'phase Bound',
        ({ status }) => status?.phase === 'Bound',
      )
      equal('volumes in the driver', (await cluster.backend.volumes()).length - before.length, 1)
      await cluster.delete(resources.persistentVolumeClaims, ref)
      await cluster.waitGone(resources.persistentVolumes, { name: bound.spec?.volumeName ?? '' })
      equal('volumes left in the driver', await cluster.backend.volumes(), before)
      await cluster.delete(resources.storageClasses, { name })
      return undefined
    }),
}

/** The same, and the claim is deleted before the provisioner comes back. */
export const crashThenClaimDeleted: Scenario = {
  name: 'crash-then-claim-deleted',
  title:
    'the provisioner is killed between CreateVolume and the write of the volume, and the claim is deleted before it is back',
  run: (cluster) =>
    withDriver(cluster, { provisioner }, async (parts, start) => {
      const name = 'crash-then-claim-deleted'
      const before = await cluster.backend.volumes()
      const ref = { name, namespace }
      const fault = cluster.fault({
        match: volumeWrite,
        when: 'before',
        action: { kind: 'kill', component: parts.provisioner },
      })
      await cluster.apply(resources.storageClasses, storageClass(name))
      await cluster.apply(resources.persistentVolumeClaims, claim(name, name))
      await fault.reached
      await parts.provisioner.exited
      await cluster.delete(resources.persistentVolumeClaims, ref)
      await cluster.waitGone(resources.persistentVolumeClaims, ref)

      // A second claim that binds proves that the provisioner is back and has seen what there is.
      await start({ ...provisioner, name: 'external-provisioner-again' })
      const probe = { name: `${name}-probe`, namespace }
      await cluster.apply(resources.persistentVolumeClaims, claim(probe.name, name))
      const bound = await cluster.waitFor(
        resources.persistentVolumeClaims,
        probe,
        'phase Bound',
        ({ status }) => status?.phase === 'Bound',
      )
      await cluster.delete(resources.persistentVolumeClaims, probe)
      await cluster.waitGone(resources.persistentVolumes, { name: bound.spec?.volumeName ?? '' })
      await cluster.delete(resources.storageClasses, { name })
      const left = (await cluster.backend.volumes()).length - before.length
      return `${left} volume left behind in the driver`
    }),
}
