import { type FSWatcher, watch } from 'node:fs'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createBackoff, sleep } from '@csi-ts/concurrency'
import { connectDriver, type DriverConnection } from '@csi-ts/csi-client'
import { NodeServiceCapability_RPC_Type, RegistrationService } from '@csi-ts/csi-proto'
import { createClient, openChannel } from '@csi-ts/csi-rpc'
import { type CSINode, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** A driver that kubelet may call. */
export interface RegisteredDriver {
  readonly name: string
  readonly connection: DriverConnection
  readonly stages: boolean
}

/** The registered drivers, by name. */
export type PluginRegistry = Map<string, RegisteredDriver>

/** What the plugin watcher is made from. */
export interface PluginWatcherDeps {
  readonly client: KubeClient
  readonly registry: PluginRegistry
  /** Called after a driver has come or gone. */
  changed(): void
}

/**
 * Watches `plugins_registry` as kubelet's plugin manager does: a socket that appears is asked for its driver, the driver
 * for its node id, and both go into CSINode; a socket that disappears takes the driver with it.
 */
export async function runPluginWatcher(
  deps: PluginWatcherDeps,
  options: { readonly nodeName: string; readonly rootDir: string },
  ctx: WorkContext,
): Promise<void> {
  const folder = join(options.rootDir, 'plugins_registry')
  await mkdir(folder, { recursive: true })
  const known = new Map<string, string>()
  const scan = async (): Promise<void> => {
    const sockets = (await readdir(folder, { withFileTypes: true })).filter(
      (entry) => entry.isSocket() && !entry.name.startsWith('.'),
    )
    const present = new Set(sockets.map(({ name }) => name))
    for (const [file, driver] of known) {
      if (present.has(file)) continue
      known.delete(file)
      await unregister(deps, options.nodeName, driver, ctx)
    }
    for (const file of present) {
      if (known.has(file)) continue
      known.set(file, await register(deps, options.nodeName, join(folder, file), ctx))
    }
  }
  await untilAborted(folder, scan, ctx)
  for (const { connection } of deps.registry.values()) connection.close()
  deps.registry.clear()
}

/** Scans once, and after every change of the folder; a scan that fails is repeated with backoff. */
async function untilAborted(folder: string, scan: () => Promise<void>, ctx: WorkContext): Promise<void> {
  const wakeUps = new EventTarget()
  const watcher: FSWatcher = watch(folder, () => {
    changed = true
    wakeUps.dispatchEvent(new Event('change'))
  })
  let changed = true
  const backoff = createBackoff({ baseMs: 100, maxMs: 5_000 })
  try {
    while (!ctx.signal.aborted) {
      if (!changed) await nextEvent(wakeUps, ctx.signal)
      if (ctx.signal.aborted) return
      changed = false
      try {
        await scan()
        backoff.reset()
      } catch (error) {
        if (ctx.signal.aborted) return
        ctx.log.error('plugin registration failed', error)
        changed = true
        await sleep(backoff.next(), { signal: ctx.signal }).catch(() => undefined)
      }
    }
  } finally {
    watcher.close()
  }
}

function nextEvent(target: EventTarget, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      target.removeEventListener('change', finish)
      signal.removeEventListener('abort', finish)
      resolve()
    }
    target.addEventListener('change', finish)
    signal.addEventListener('abort', finish)
  })
}

async function register(deps: PluginWatcherDeps, nodeName: string, socket: string, ctx: WorkContext): Promise<string> {
  const channel = openChannel({ address: socket, log: ctx.log })
  try {
    const registration = createClient(RegistrationService, channel)
    const info = await registration.getInfo({}, { ...ctx, timeoutMs: 1_000 })
    try {
      if (info.type !== 'CSIPlugin') throw new Error(`plugin type ${info.type} is not CSIPlugin`)
      if (!info.supportedVersions.some((version) => version.startsWith('1.')))
        throw new Error(`no supported version in ${info.supportedVersions.join(', ')}`)
      await addDriver(deps, nodeName, info.name, info.endpoint, ctx)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      await registration
        .notifyRegistrationStatus({ pluginRegistered: false, error: message }, { ...ctx, timeoutMs: 5_000 })
        .catch(() => undefined)
      throw error
    }
    await registration.notifyRegistrationStatus({ pluginRegistered: true, error: '' }, { ...ctx, timeoutMs: 5_000 })
    ctx.log.info('registered driver', { driver: info.name })
    deps.changed()
    return info.name
  } finally {
    channel.close()
  }
}

async function addDriver(
  deps: PluginWatcherDeps,
  nodeName: string,
  name: string,
  endpoint: string,
  ctx: WorkContext,
): Promise<void> {
  const connection = await connectDriver({
    address: endpoint,
    connectTimeoutMs: 10_000,
    log: ctx.log,
    signal: ctx.signal,
  })
  try {
    const info = await connection.node.nodeGetInfo({}, { ...ctx, timeoutMs: 10_000 })
    const { capabilities } = await connection.node.nodeGetCapabilities({}, { ...ctx, timeoutMs: 10_000 })
    const stages = capabilities.some(
      ({ type }) => type?.$case === 'rpc' && type.value.type === NodeServiceCapability_RPC_Type.STAGE_UNSTAGE_VOLUME,
    )
    const segments = info.accessibleTopology?.segments ?? {}
    const entry = {
      name,
      nodeID: info.nodeId,
      topologyKeys: Object.keys(segments).toSorted(),
      ...(info.maxVolumesPerNode > 0n ? { allocatable: { count: Number(info.maxVolumesPerNode) } } : {}),
    }
    await updateDrivers(
      deps.client,
      nodeName,
      (drivers) => [...drivers.filter((driver) => driver.name !== name), entry],
      ctx,
    )
    await deps.client
      .resource(resources.nodes)
      .patch({ name: nodeName }, { type: 'merge', body: { metadata: { labels: segments } } }, ctx)
    deps.registry.get(name)?.connection.close()
    deps.registry.set(name, { name, connection, stages })
  } catch (error) {
    connection.close()
    throw error
  }
}

async function unregister(deps: PluginWatcherDeps, nodeName: string, driver: string, ctx: WorkContext): Promise<void> {
  deps.registry.get(driver)?.connection.close()
  deps.registry.delete(driver)
  await updateDrivers(deps.client, nodeName, (drivers) => drivers.filter(({ name }) => name !== driver), ctx)
  ctx.log.info('unregistered driver', { driver })
  deps.changed()
}

type CsiNodeDriver = NonNullable<CSINode['spec']>['drivers'][number]

async function updateDrivers(
  client: KubeClient,
  nodeName: string,
  change: (drivers: readonly CsiNodeDriver[]) => readonly CsiNodeDriver[],
  ctx: WorkContext,
): Promise<void> {
  const node = await client.resource(resources.csiNodes).get({ name: nodeName }, ctx)
  const drivers = change(node.spec?.drivers ?? [])
  const body = { metadata: { resourceVersion: node.metadata.resourceVersion }, spec: { drivers } }
  await client.resource(resources.csiNodes).patch({ name: nodeName }, { type: 'merge', body }, ctx)
}
