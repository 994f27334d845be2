import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import { createHttpTransport, createKubeClient } from '@csi-ts/kube-client'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { silentLogger } from '@csi-ts/telemetry'
import { claimObject, volumeObject } from '../server/volume-object.ts'

/** The embedded API server with bound volumes and their claims. */
export interface FilledCluster extends AsyncDisposable {
  /** Path of an administrator's kubeconfig. */
  readonly kubeconfig: string
  /** A folder that goes with it. */
  readonly scratchDir: string
}

/** How many objects are created at once. */
const writers = 8

/** Starts the server and creates so many volumes, each with the claim that it is bound to. */
export async function startFilledCluster(volumes: number): Promise<FilledCluster> {
  const scratchDir = await mkdtemp(join(tmpdir(), 'csi-ts-bench-'))
  const server = await startEmbeddedCluster()
  const client = createKubeClient({
    config: server.config,
    userAgent: 'bench-fill',
    transport: createHttpTransport(server.config, { maxConnections: writers + 1 }),
  })
  const ctx = { signal: new AbortController().signal, log: silentLogger }
  let next = 0
  const write = async (): Promise<void> => {
    while (next < volumes) {
      const index = next++
      await client.resource(resources.persistentVolumes).create(volumeObject(index), ctx)
      await client.resource(resources.persistentVolumeClaims).create(claimObject(index), ctx)
    }
  }
  const end = async (): Promise<void> => {
    client.close()
    await server.close()
    await rm(scratchDir, { recursive: true, force: true })
  }
  try {
    await Promise.all(Array.from({ length: writers }, write))
    const kubeconfig = join(scratchDir, 'kubeconfig')
    await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 })
    return { kubeconfig, scratchDir, [Symbol.asyncDispose]: end }
  } catch (error) {
    await end()
    throw error
  }
}
