import { type Cluster, type PersistentVolumeClaim, resources, type Scenario } from '@csi-ts/kube-cluster/port'
import { boundClaim } from './bound-claim.ts'
import { withDriver } from './driver-parts.ts'
import { equal } from './expect.ts'
import { claim, namespace, storageClass } from './storage-objects.ts'

/** Killed after CreateVolume, before the PersistentVolume is written; started again. */
export const crashBeforeVolumeWrite: Scenario = {
  name: 'crash-before-volume-write',
  title:
    'the provisioner is killed between CreateVolume and the write of the volume: the claim binds after a restart, one volume exists',
  run: (cluster) =>
    withCrashedProvisioner(cluster, crashBeforeVolumeWrite.name, async ({ name, newVolumes, restart }) => {
      equal('volumes in the driver while the provisioner is down', await newVolumes(), 1)
      await restart()
      const bound = await boundClaim(cluster, name)
      equal('volumes in the driver', await newVolumes(), 1)
      await deleteClaim(cluster, bound)
      equal('volumes left in the driver', await newVolumes(), 0)
      return undefined
    }),
}

/** The same, and the claim is deleted before the provisioner comes back. */
export const crashThenClaimDeleted: Scenario = {
  name: 'crash-then-claim-deleted',
  title:
    'the provisioner is killed between CreateVolume and the write of the volume, and the claim is deleted before it is back',
  run: (cluster) =>
    withCrashedProvisioner(cluster, crashThenClaimDeleted.name, async ({ name, newVolumes, restart }) => {
      await cluster.delete(resources.persistentVolumeClaims, { name, namespace })
      await cluster.waitGone(resources.persistentVolumeClaims, { name, namespace })

      // A second claim that binds proves that the provisioner is back and has seen what there is.
      await restart()
      const probe = `${name}-probe`
      await cluster.apply(resources.persistentVolumeClaims, claim(probe, name))
      await deleteClaim(cluster, await boundClaim(cluster, probe))
      return `${await newVolumes()} volume left behind in the driver`
    }),
}

/** The state after the crash. */
interface Crashed {
  /** Of the storage class and of the claim that the provisioner was working on. */
  readonly name: string
  /** How many volumes the driver has more than before. */
  readonly newVolumes: () => Promise<number>
  /** Starts the provisioner again. */
  readonly restart: () => Promise<void>
}

/** Lets the provisioner be killed when CreateVolume is done and the volume's object is not, then runs the body. */
function withCrashedProvisioner<T>(cluster: Cluster, name: string, body: (crashed: Crashed) => Promise<T>): Promise<T> {
  const provisioner = { component: 'external-provisioner', throughFaultProxy: true } as const
  return withDriver(cluster, { provisioner }, async (parts, start) => {
    const before = (await cluster.backend.volumes()).length
    const fault = cluster.fault({
      match: { verb: 'create', resource: 'persistentvolumes' },
      when: 'before',
      action: { kind: 'kill', component: parts.provisioner },
    })
    await cluster.apply(resources.storageClasses, storageClass(name))
    await cluster.apply(resources.persistentVolumeClaims, claim(name, name))
    await fault.reached
    equal('end of the provisioner', (await parts.provisioner.exited).signal, 'SIGKILL')
    const result = await body({
      name,
      newVolumes: async () => (await cluster.backend.volumes()).length - before,
      restart: async () => void (await start({ ...provisioner, name: 'external-provisioner-again' })),
    })
    await cluster.delete(resources.storageClasses, { name })
    return result
  })
}

/** Deletes a bound claim and waits until its volume is gone. */
async function deleteClaim(cluster: Cluster, { metadata, spec }: PersistentVolumeClaim): Promise<void> {
  await cluster.delete(resources.persistentVolumeClaims, { name: metadata.name, namespace })
  await cluster.waitGone(resources.persistentVolumes, { name: spec.volumeName ?? '' })
}
