import { type Pod, resources } from '@csi-ts/kube-api'
import type { Scenario } from '@csi-ts/kube-cluster/port'
import { busyboxPod } from './adapter/pods.ts'

/** A pod without storage. When this fails, the cluster is at fault and not what runs on it. */
export const plainPod: Scenario = {
  name: 'plain-pod',
  title: 'a pod without storage writes, prints and goes',
  async run(cluster) {
    const ref = { name: 'plain', namespace: 'default' }
    await cluster.apply(resources.pods, busyboxPod(undefined, ref))
    await cluster.waitFor(resources.pods, ref, 'it to be ready', isReady)
    await cluster.writeFile(ref, '/written', 'by exec\n')
    expectText('read back', await cluster.readFile(ref, '/written'), 'by exec\n')
    const log = await cluster.client.raw(
      { method: 'GET', path: '/api/v1/namespaces/default/pods/plain/log' },
      cluster.ctx,
    )
    expectText('printed', await log.text(), 'started\n')
    await cluster.delete(resources.pods, ref)
    await cluster.waitGone(resources.pods, ref)
  },
}

function isReady(pod: Pod): boolean {
  return pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
}

function expectText(what: string, actual: string, expected: string): void {
  if (actual !== expected)
    throw new Error(`${what}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(actual)}`)
}
