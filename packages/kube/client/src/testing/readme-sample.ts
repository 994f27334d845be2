import { resources } from '@csi-ts/kube-api'
import { createKubeClient, isNotFound, loadClusterConfig } from '@csi-ts/kube-client'
import { silentLogger } from '@csi-ts/telemetry'

/** Labels a claim, then prints what happens to volumes until the signal fires. */
export async function followVolumes(
  kubeconfig: string,
  signal: AbortSignal,
  print: (line: string) => void,
): Promise<void> {
  const config = await loadClusterConfig({ kubeconfig, env: {} })
  const client = createKubeClient({ config, userAgent: 'sample/1.0' })
  const ctx = { signal, log: silentLogger }
  try {
    const claims = client.resource(resources.persistentVolumeClaims)
    const claim = { namespace: 'default', name: 'data' }
    await claims
      .patch(claim, { type: 'merge', body: { metadata: { labels: { seen: 'true' } } } }, ctx)
      .then(({ metadata }) => print(`labelled ${metadata.name}`))
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error
        print('no such claim')
      })

    const volumes = client.resource(resources.persistentVolumes)
    const { items, resourceVersion } = await volumes.listAll({}, ctx)
    for (const volume of items) print(`there is ${volume.metadata.name}, ${volume.spec.capacity?.['storage']}`)
    for await (const { type, object } of volumes.watch({ resourceVersion }, ctx))
      print(`${type} ${object.metadata.name}`)
  } finally {
    client.close()
  }
}
