import {
  type DriverConnection,
  getControllerCapabilities,
  getDriverName,
  getGroupControllerCapabilities,
  getPluginCapabilities,
} from '@csi-ts/csi-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** What a driver says of itself. Asked once: a driver that changes restarts, and then so do we. */
export interface DriverInfo {
  readonly name: string
  /** Values of `PluginService`. */
  readonly pluginCapabilities: ReadonlySet<number>
  /** Values of `ControllerCapability`. */
  readonly controllerCapabilities: ReadonlySet<number>
  /** Values of `GroupControllerCapability`; present when the sidecar asks. */
  readonly groupControllerCapabilities?: ReadonlySet<number>
  /** The node that the driver runs on; present when the sidecar asks. */
  readonly node?: NodeFacts
  /** Name of the in-tree plugin that the driver replaces. */
  readonly migratedFrom?: string
}

/** NodeGetInfo's answer. */
export type NodeFacts = Awaited<ReturnType<DriverConnection['node']['nodeGetInfo']>>

/** Asks the driver; every question has the same deadline. Rejects with the first error. */
export async function askDriver(
  driver: DriverConnection,
  ctx: WorkContext,
  {
    timeoutMs,
    asks = [],
  }: { readonly timeoutMs: number; readonly asks?: readonly ('groupController' | 'node')[] | undefined },
): Promise<DriverInfo> {
  const name = await getDriverName(driver, ctx, { timeoutMs })
  driver.setDriverName(name)
  const pluginCapabilities = await getPluginCapabilities(driver, ctx, { timeoutMs })
  const controllerCapabilities = await getControllerCapabilities(driver, ctx, { timeoutMs })
  const migratedFrom = migratedDrivers[name]
  return {
    name,
    pluginCapabilities,
    controllerCapabilities,
    ...(asks.includes('groupController') && {
      groupControllerCapabilities: await getGroupControllerCapabilities(driver, ctx, { timeoutMs }),
    }),
    ...(asks.includes('node') && { node: await driver.node.nodeGetInfo({}, { ...ctx, timeoutMs }) }),
    ...(migratedFrom !== undefined && { migratedFrom }),
  }
}

/** Drivers that replace an in-tree plugin, and its name. */
export const migratedDrivers: Readonly<Record<string, string>> = {
  'ebs.csi.aws.com': 'kubernetes.io/aws-ebs',
  'pd.csi.storage.gke.io': 'kubernetes.io/gce-pd',
  'cinder.csi.openstack.org': 'kubernetes.io/cinder',
  'disk.csi.azure.com': 'kubernetes.io/azure-disk',
  'file.csi.azure.com': 'kubernetes.io/azure-file',
  'csi.vsphere.vmware.com': 'kubernetes.io/vsphere-volume',
  'pxd.portworx.com': 'kubernetes.io/portworx-volume',
}
