import {
  ControllerService,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import {
  type BoundService,
  bindService,
  type CallContext,
  type Handlers,
  type Interceptor,
  type ServiceDefinition,
} from '@csi-ts/csi-rpc'
import { type DeclaredCapabilities, type DriverCapabilities, inferCapabilities } from './capabilities.ts'
import type {
  ControllerHandlers,
  GroupControllerHandlers,
  IdentityHandlers,
  NodeHandlers,
  SnapshotMetadataHandlers,
} from './handlers.ts'
import { createIdentityService } from './identity-service.ts'
import { validateRequest } from './validate-request.ts'

/** What a driver is made of. */
export interface DriverOptions {
  /** Domain-name style, at most 63 characters: `hostpath.csi.k8s.io`. */
  readonly name: string
  readonly vendorVersion: string
  /** Free text for people, at most 4 KiB. */
  readonly manifest?: Readonly<Record<string, string>> | undefined
  /** Overrides single Identity methods. */
  readonly identity?: IdentityHandlers | undefined
  readonly controller?: ControllerHandlers | undefined
  readonly node?: NodeHandlers | undefined
  readonly groupController?: GroupControllerHandlers | undefined
  readonly snapshotMetadata?: SnapshotMetadataHandlers | undefined
  /** What the methods do not reveal. */
  readonly capabilities?: DeclaredCapabilities | undefined
  /** Asked by each Probe; must not wait. Default: always ready. */
  readonly ready?: (() => boolean) | undefined
  /** Stands around every call, Identity included. */
  readonly intercept?: Interceptor | undefined
}

/** A driver, ready to be served. */
export interface Driver {
  readonly name: string
  readonly vendorVersion: string
  readonly capabilities: DriverCapabilities
  /** All services with their methods; requests are checked before a method sees them. */
  readonly handlers: DriverHandlers
  readonly services: readonly BoundService[]
  readonly intercept: Interceptor | undefined
}

/** The methods of every service that a driver has. */
export interface DriverHandlers {
  readonly identity: Partial<Handlers<typeof IdentityService>>
  readonly controller: Partial<Handlers<typeof ControllerService>>
  readonly node: Partial<Handlers<typeof NodeService>>
  readonly groupController: Partial<Handlers<typeof GroupControllerService>>
  readonly snapshotMetadata: Partial<Handlers<typeof SnapshotMetadataService>>
}

/**
 * Puts a driver together: infers its capabilities from its methods, answers Identity and the capability questions, and
 * checks each request before a method sees it. A method left out answers Unimplemented.
 * @throws Error in one line when name, version, methods and declared capabilities do not fit
 */
export function createDriver(options: DriverOptions): Driver {
  const { name, vendorVersion, manifest = {}, controller, node, groupController, ready = () => true } = options
  assertIdentity(name, vendorVersion, manifest)
  const capabilities = inferCapabilities(options, options.capabilities)
  const identity = createIdentityService({ name, vendorVersion, manifest, capabilities, ready })
  const handlers: DriverHandlers = {
    identity: { ...identity, ...options.identity },
    controller: checked(ControllerService, controller && { ...controller, ...controllerCapabilities(capabilities) }),
    node: checked(NodeService, node && { ...node, ...nodeCapabilities(capabilities) }),
    groupController: checked(
      GroupControllerService,
      groupController && { ...groupController, ...groupControllerCapabilities(capabilities) },
    ),
    snapshotMetadata: checked(SnapshotMetadataService, options.snapshotMetadata),
  }
  const services = [
    bindService(IdentityService, handlers.identity),
    ...(controller === undefined ? [] : [bindService(ControllerService, handlers.controller)]),
    ...(node === undefined ? [] : [bindService(NodeService, handlers.node)]),
    ...(groupController === undefined ? [] : [bindService(GroupControllerService, handlers.groupController)]),
    ...(options.snapshotMetadata === undefined
      ? []
      : [bindService(SnapshotMetadataService, handlers.snapshotMetadata)]),
  ]
  return { name, vendorVersion, capabilities, handlers, services, intercept: options.intercept }
}

function assertIdentity(name: string, vendorVersion: string, manifest: Readonly<Record<string, string>>): void {
  if (!/^[A-Za-z0-9]([A-Za-z0-9.-]{0,61}[A-Za-z0-9])?$/.test(name)) {
    throw new Error(
      `invalid driver name ${JSON.stringify(name)}: want 1 to 63 letters, digits, dots and dashes, a letter or digit at each end`,
    )
  }
  if (vendorVersion === '') throw new Error('the vendor version of a driver must not be empty')
  const bytes = Object.entries(manifest).reduce((sum, entry) => sum + Buffer.byteLength(entry.join('')), 0)
  if (bytes > 4_096) throw new Error(`the manifest of a driver has ${bytes} bytes, at most 4096 are allowed`)
}

/** The same methods, each checking its request first. */
function checked<Def extends ServiceDefinition>(
  definition: Def,
  handlers: Partial<Handlers<Def>> | undefined,
): Partial<Handlers<Def>> {
  const entries = Object.entries(handlers ?? {}).map(([key, handler]) => {
    const method = definition.methods[key]?.name ?? key
    const answer = handler as ((request: object, ctx: CallContext) => unknown) | undefined
    if (answer === undefined) return [key, undefined] as const
    const checkedHandler = (request: object, ctx: CallContext): unknown => {
      validateRequest(method, request)
      return answer.call(handlers, request, ctx)
    }
    return [key, checkedHandler] as const
  })
  return Object.fromEntries(entries) as unknown as Partial<Handlers<Def>>
}

function rpcs(types: readonly number[]) {
  return types.map((type) => ({ type: { $case: 'rpc' as const, value: { type: type as never } } }))
}

function controllerCapabilities({ controller }: DriverCapabilities) {
  return { controllerGetCapabilities: () => ({ capabilities: rpcs(controller) }) }
}

function nodeCapabilities({ node }: DriverCapabilities) {
  return { nodeGetCapabilities: () => ({ capabilities: rpcs(node) }) }
}

function groupControllerCapabilities({ groupController }: DriverCapabilities) {
  return { groupControllerGetCapabilities: () => ({ capabilities: rpcs(groupController) }) }
}
