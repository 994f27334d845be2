import {
  getControllerCapabilities,
  getDriverName,
  getGroupControllerCapabilities,
  getNodeCapabilities,
  getPluginCapabilities,
} from '@csi-ts/csi-client'
import { type NodeGetInfoResponse, PluginService } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import type { WorkContext } from '@csi-ts/telemetry'
import type { DriverClients } from './suite-target.ts'

/** What a driver says about itself; which cases apply depends on it. */
export interface DriverFacts {
  readonly name: string
  /** Values of `PluginService`. */
  readonly plugin: ReadonlySet<number>
  /** Values of `ControllerCapability`; undefined without a controller service. */
  readonly controller: ReadonlySet<number> | undefined
  /** Values of `NodeCapability`; undefined without a node service. */
  readonly node: ReadonlySet<number> | undefined
  /** Values of `GroupControllerCapability`; undefined without a group controller service. */
  readonly groupController: ReadonlySet<number> | undefined
  /** Undefined without a node service. */
  readonly nodeInfo: NodeGetInfoResponse | undefined
}

/** Asks the driver. @throws CsiError when one of the questions fails */
export async function readDriverFacts(
  driver: DriverClients,
  ctx: WorkContext,
  { timeoutMs }: { readonly timeoutMs: number },
): Promise<DriverFacts> {
  const name = await getDriverName(driver, ctx, { timeoutMs })
  const plugin = await getPluginCapabilities(driver, ctx, { timeoutMs })
  const has = (service: number): boolean => plugin.has(service)
  const node = await getNodeCapabilities(driver, ctx, { timeoutMs }).catch(undefinedWithoutService)
  return {
    name,
    plugin,
    controller: has(PluginService.CONTROLLER_SERVICE)
      ? await getControllerCapabilities(driver, ctx, { timeoutMs })
      : undefined,
    node,
    groupController: has(PluginService.GROUP_CONTROLLER_SERVICE)
      ? await getGroupControllerCapabilities(driver, ctx, { timeoutMs })
      : undefined,
    nodeInfo: node === undefined ? undefined : await driver.node.nodeGetInfo({}, { ...ctx, timeoutMs }),
  }
}

/** No plugin capability says whether there is a node service. */
function undefinedWithoutService(error: unknown): undefined {
  if (!(error instanceof CsiError) || error.code !== Code.Unimplemented) throw error
}
