import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { type ClusterObjects, createClusterObjects, publishPath } from '@csi-ts/kube-cluster'
import type { ProcessContext } from '@csi-ts/process'
import type { WorkContext } from '@csi-ts/telemetry'
import { createClosers } from './closers.ts'
import { startCluster } from './cluster-part.ts'
import { startDriver } from './driver-part.ts'
import { startSidecars } from './sidecars-part.ts'
import type { RunStep } from './steps.ts'
import { countLeftovers, type Leftovers } from './what-is-left.ts'

/** Everything that runs while quickstart does, and where it is. */
export interface Parts {
  readonly cluster: { readonly client: KubeClient; readonly objects: ClusterObjects; readonly ctx: WorkContext }
  readonly driverName: string
  readonly driverSocket: string
  readonly kubeconfig: string
  readonly healthUrl: string
  /** Where kubelet publishes a volume for a pod. */
  readonly publishPath: (podUid: string, volumeName: string) => string
  /** Where the driver keeps a volume; unknown for a driver that was given. */
  readonly backingPath: ((volumeId: string) => string) | undefined
  left(): Promise<Leftovers>
  /** A path as it is shown: relative to the run's folder. */
  readonly show: (path: string) => string
  readonly close: () => Promise<void>
}

const nodeName = 'quickstart-node'

/** Starts the cluster, the driver and the sidecars in this process, step by step. */
export async function startParts(driverEndpoint: string, step: RunStep, ctx: ProcessContext): Promise<Parts> {
  const closers = createClosers()
  try {
    const scratch = await mkdtemp(join(tmpdir(), 'quickstart-'))
    closers.add(() => rm(scratch, { recursive: true }))
    const rootDir = join(scratch, 'kubelet')
    await mkdir(rootDir)
    const kubeconfig = join(scratch, 'kubeconfig')

    const client = await step('cluster', 'cluster started', () =>
      startCluster({ nodeName, scratch, rootDir, kubeconfig }, closers, ctx),
    )
    const driver = await step('driver', 'driver started', () =>
      startDriver({ endpoint: driverEndpoint, scratch, nodeName }, closers, ctx),
    )
    const healthUrl = await step('sidecars', 'sidecars started', () =>
      startSidecars({ kubeconfig, driverSocket: driver.socket, rootDir }, closers, ctx),
    )
    const work: WorkContext = { log: ctx.log, signal: ctx.signal }
    const objects = createClusterObjects(client, work)
    await step('driver-registered', 'driver registered', () => driverRegistered(objects, driver.name, healthUrl, ctx))
    const volumesBefore = await driver.countVolumes(work)

    return {
      cluster: { client, objects, ctx: work },
      driverName: driver.name,
      driverSocket: driver.socket,
      kubeconfig,
      healthUrl,
      publishPath: (podUid, volumeName) => publishPath(rootDir, podUid, volumeName),
      backingPath: driver.backingPath,
      left: () => countLeftovers(client, async () => (await driver.countVolumes(work)) - volumesBefore, scratch, work),
      show: (path) => relative(scratch, path),
      close: closers.closeAll,
    }
  } catch (error) {
    await closers.closeAll()
    throw error
  }
}

async function driverRegistered(
  objects: ClusterObjects,
  driverName: string,
  healthUrl: string,
  ctx: WorkContext,
): Promise<{ readonly detail: string; readonly value: undefined }> {
  await objects.waitFor(resources.csiNodes, { name: nodeName }, `driver ${driverName}`, ({ spec }) =>
    (spec?.drivers ?? []).some(({ name }) => name === driverName),
  )
  const response = await fetch(`${healthUrl}/healthz`, { signal: ctx.signal })
  if (!response.ok) throw new Error(`livenessprobe answers ${response.status}: ${await response.text()}`)
  return { detail: `${driverName} on ${nodeName}, /healthz ${response.status}`, value: undefined }
}
