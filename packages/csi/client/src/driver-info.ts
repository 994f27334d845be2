import type { WorkContext } from '@csi-ts/telemetry'
import type { DriverConnection } from './connect-driver.ts'

/** How long one question to the driver may take. */
export interface QuestionOptions {
  readonly timeoutMs: number
}

/** One Probe. An answer without `ready` means ready. */
export async function probe(
  driver: Pick<DriverConnection, 'identity'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<boolean> {
  const { ready } = await driver.identity.probe({}, { ...ctx, timeoutMs })
  return ready ?? true
}

/**
 * The name that the driver gives itself.
 * @throws Error `driver name is empty`
 */
export async function getDriverName(
  driver: Pick<DriverConnection, 'identity'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<string> {
  const { name } = await driver.identity.getPluginInfo({}, { ...ctx, timeoutMs })
  if (name === '') throw new Error('driver name is empty')
  return name
}

/** Values of `PluginService` that the driver has. Entries of other kinds (volume expansion) and empty ones are skipped. */
export async function getPluginCapabilities(
  driver: Pick<DriverConnection, 'identity'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<ReadonlySet<number>> {
  const { capabilities } = await driver.identity.getPluginCapabilities({}, { ...ctx, timeoutMs })
  return new Set(capabilities.flatMap(({ type }) => (type?.$case === 'service' ? [type.value.type] : [])))
}

/** Values of `ControllerCapability` that the driver has. */
export async function getControllerCapabilities(
  driver: Pick<DriverConnection, 'controller'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<ReadonlySet<number>> {
  const { capabilities } = await driver.controller.controllerGetCapabilities({}, { ...ctx, timeoutMs })
  return new Set(capabilities.flatMap(({ type }) => (type === undefined ? [] : [type.value.type])))
}

/** Values of `NodeCapability` that the driver has. */
export async function getNodeCapabilities(
  driver: Pick<DriverConnection, 'node'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<ReadonlySet<number>> {
  const { capabilities } = await driver.node.nodeGetCapabilities({}, { ...ctx, timeoutMs })
  return new Set(capabilities.flatMap(({ type }) => (type === undefined ? [] : [type.value.type])))
}

/** Values of `GroupControllerCapability` that the driver has. */
export async function getGroupControllerCapabilities(
  driver: Pick<DriverConnection, 'groupController'>,
  ctx: WorkContext,
  { timeoutMs }: QuestionOptions,
): Promise<ReadonlySet<number>> {
  const { capabilities } = await driver.groupController.groupControllerGetCapabilities({}, { ...ctx, timeoutMs })
  return new Set(capabilities.flatMap(({ type }) => (type === undefined ? [] : [type.value.type])))
}
