import { startEmbeddedKubernetes } from '@csi-ts/kube-cluster'
import { resources } from '@csi-ts/kube-cluster/port'
import { silentLogger } from '@csi-ts/telemetry'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommand, componentCommands } from '@csi-ts/tools/components'
import { beforeAll, describe, expect, it } from 'vitest'
import { scenarios } from './index.ts'

beforeAll(async () => {
  await bundleCommands(Object.values(componentCommands))
})

describe('on the embedded cluster', () => {
  it.each(scenarios)('$title', { timeout: 90_000 }, async (scenario) => {
    await using cluster = await startEmbeddedKubernetes({
      log: silentLogger,
      command: componentCommand,
      env: process.env,
    })
    await scenario.run(cluster)
    const { items } = await cluster.client.resource(resources.persistentVolumes).list({}, cluster.ctx)
    expect(items.map(({ metadata }) => metadata.name)).toEqual([])
  })
})
