import { type Cluster, resources, type Scenario } from '@csi-ts/kube-cluster/port'
import { boundClaim } from './bound-claim.ts'
import { withDriver } from './driver-parts.ts'
import { equal, truthy } from './expect.ts'
import { claim, driverName, namespace, storageClass } from './storage-objects.ts'

/** The main job in one binding mode: a claim becomes a volume, pods write and read it, and nothing remains. */
function provisionAndMount(name: string, volumeBindingMode: 'Immediate' | 'WaitForFirstConsumer'): Scenario {
  return {
    name,
    title: `a claim (${volumeBindingMode}) becomes a mounted volume: one pod writes, another reads, all is gone at the end`,
    run: (cluster) =>
      withDriver(cluster, {}, async ({ livenessprobe }) => {
        const before = await cluster.backend.volumes()
        const ref = { name, namespace }
        await cluster.apply(resources.storageClasses, storageClass(name, { volumeBindingMode }))
        await cluster.apply(resources.persistentVolumeClaims, claim(name, name))
        if (volumeBindingMode === 'WaitForFirstConsumer') await waitsForPod(cluster, name)
        await cluster.apply(resources.pods, cluster.podUsing(name, { name: `${name}-writer`, namespace }))
        const bound = await boundClaim(cluster, name)
        await isRunning(cluster, `${name}-writer`)
        await cluster.writeFile({ name: `${name}-writer`, namespace }, '/data/hello', 'written by the first pod\n')

        await cluster.apply(resources.pods, cluster.podUsing(name, { name: `${name}-reader`, namespace }))
        await isRunning(cluster, `${name}-reader`)
        equal(
          'what the second pod reads',
          await cluster.readFile({ name: `${name}-reader`, namespace }, '/data/hello'),
          'written by the first pod\n',
        )
        equal('status of the livenessprobe', (await fetch(`${livenessprobe.httpUrl}/healthz`)).status, 200)
        equal('number of new volumes', (await cluster.backend.volumes()).length - before.length, 1)

        for (const pod of [`${name}-writer`, `${name}-reader`])
          await cluster.delete(resources.pods, { name: pod, namespace })
        for (const pod of [`${name}-writer`, `${name}-reader`])
          await cluster.waitGone(resources.pods, { name: pod, namespace })
        await cluster.delete(resources.persistentVolumeClaims, ref)
        await cluster.waitGone(resources.persistentVolumeClaims, ref)
        const volumeName = bound.spec?.volumeName ?? ''
        truthy('the claim names its volume', volumeName)
        await cluster.waitGone(resources.persistentVolumes, { name: volumeName })
        equal('volumes left in the driver', await cluster.backend.volumes(), before)
        await cluster.delete(resources.storageClasses, { name })
        return undefined
      }),
  }
}

async function waitsForPod(cluster: Cluster, name: string): Promise<void> {
  const { items } = await cluster.client.resource(resources.persistentVolumes).list({}, cluster.ctx)
  equal(
    'volumes of the driver before a pod uses the claim',
    items.filter(({ spec }) => spec?.csi?.driver === driverName && spec.claimRef?.name === name).length,
    0,
  )
}

async function isRunning(cluster: Cluster, name: string): Promise<void> {
  await cluster.waitFor(
    resources.pods,
    { name, namespace },
    'phase Running',
    ({ status }) => status?.phase === 'Running',
  )
}

/** The scenario with immediate binding. */
export const immediateBinding: Scenario = provisionAndMount('immediate-binding', 'Immediate')
/** The scenario with delayed binding. */
export const delayedBinding: Scenario = provisionAndMount('delayed-binding', 'WaitForFirstConsumer')
