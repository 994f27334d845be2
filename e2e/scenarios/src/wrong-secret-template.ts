import { resources, type Scenario } from '@csi-ts/kube-cluster/port'
import { withDriver } from './driver-parts.ts'
import { equal } from './expect.ts'
import { claim, namespace, storageClass } from './storage-objects.ts'

/** A StorageClass whose secret template cannot be resolved. */
export const wrongSecretTemplate: Scenario = {
  name: 'wrong-secret-template',
  title: 'a class with a wrong secret template gives one warning event on the claim, and nothing is created',
  run: (cluster) =>
    withDriver(cluster, {}, async () => {
      const name = 'wrong-secret-template'
      const before = await cluster.backend.volumes()
      const parameters = {
        'csi.storage.k8s.io/provisioner-secret-name': '${pvc.nam}',
        'csi.storage.k8s.io/provisioner-secret-namespace': 'default',
      }
      await cluster.apply(resources.storageClasses, storageClass(name, { parameters }))
      await cluster.apply(resources.persistentVolumeClaims, claim(name, name))
      const message = await warning(cluster, name)
      const { items } = await cluster.client.resource(resources.persistentVolumes).list({}, cluster.ctx)
      equal('volumes for the claim', items.filter(({ spec }) => spec?.claimRef?.name === name).length, 0)
      equal('volumes in the driver', await cluster.backend.volumes(), before)
      await cluster.delete(resources.persistentVolumeClaims, { name, namespace })
      await cluster.waitGone(resources.persistentVolumeClaims, { name, namespace })
      await cluster.delete(resources.storageClasses, { name })
      return `event: ${message}`
    }),
}

/** Waits for the claim's ProvisioningFailed event and returns its message. */
async function warning(cluster: Parameters<Scenario['run']>[0], claimName: string): Promise<string> {
  const events = cluster.client.resource(resources.events)
  const fieldSelector = `involvedObject.name=${claimName},reason=ProvisioningFailed`
  const ctx = { ...cluster.ctx, signal: AbortSignal.any([cluster.ctx.signal, AbortSignal.timeout(30_000)]) }
  const list = await events.list({ namespace, fieldSelector }, ctx)
  const first = list.items[0]
  if (first !== undefined) return first.message ?? ''
  for await (const event of events.watch({ namespace, fieldSelector, resourceVersion: list.resourceVersion }, ctx)) {
    if (event.type === 'ADDED') return event.object.message ?? ''
  }
  throw new Error(`no ProvisioningFailed event on claim ${claimName}`)
}
