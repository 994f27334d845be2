import {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import { bindService, type Handlers, type ServiceDefinition } from '@csi-ts/csi-rpc'
import type { Driver } from '@csi-ts/driver-sdk'
import type { Overrides } from './defect.ts'

/** The same driver with some methods stood around; they see requests before anything is checked. */
export function seedDefect(driver: Driver, overrides: Overrides): Driver {
  const handlers = {
    identity: around(driver.handlers.identity, overrides.identity),
    controller: around(driver.handlers.controller, overrides.controller),
    node: around(driver.handlers.node, overrides.node),
    groupController: around(driver.handlers.groupController, overrides.groupController),
    snapshotMetadata: around(driver.handlers.snapshotMetadata, overrides.snapshotMetadata),
  }
  const services = [
    bindService(IdentityService, handlers.identity),
    bindService(ControllerService, handlers.controller),
    bindService(NodeService, handlers.node),
    bindService(GroupControllerService, handlers.groupController),
    bindService(SnapshotMetadataService, handlers.snapshotMetadata),
  ]
  return { ...driver, handlers, services }
}

type AnyHandler = (request: unknown, ctx: unknown) => unknown
type AnyOverride = (request: unknown, next: (request: unknown) => unknown, ctx: unknown) => unknown

function around<Def extends ServiceDefinition>(
  handlers: Partial<Handlers<Def>>,
  overrides: object = {},
): Partial<Handlers<Def>> {
  const changed = Object.entries(overrides as Readonly<Record<string, AnyOverride>>).map(([key, override]) => {
    const inner = (handlers as Readonly<Record<string, AnyHandler>>)[key]
    if (inner === undefined) throw new Error(`the driver has no ${key}`)
    const next = (ctx: unknown, isStream: boolean) => (request: unknown) =>
      isStream ? inner(request, ctx) : Promise.resolve().then(() => inner(request, ctx))
    const handler: AnyHandler = (request, ctx) => override(request, next(ctx, key.startsWith('getMetadata')), ctx)
    return [key, handler] as const
  })
  return { ...handlers, ...Object.fromEntries(changed) }
}
