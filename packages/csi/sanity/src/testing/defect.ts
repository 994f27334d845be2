import type {
  ControllerService,
  DeepPartial,
  GroupControllerService,
  IdentityService,
  NodeService,
  SnapshotMetadataService,
} from '@csi-ts/csi-proto'
import type { CallContext, MethodDefinition, RequestOf, ResponseOf, ServiceDefinition } from '@csi-ts/csi-rpc'
import type { ModelState } from './model-state.ts'

/** One thing that a driver can do wrong. Seeded into a driver that is right, it is what some case has to find. */
export interface Defect {
  readonly id: string
  /** What the driver does. */
  readonly fault: string
  /** What the specification says instead. */
  readonly rule: string
  /** The case that has to fail; others may as well. */
  readonly foundBy: string
  /** The methods that change; each stands around the right one. */
  readonly seed: (state: ModelState) => Overrides
}

/** Methods around those of a right driver. */
export interface Overrides {
  readonly identity?: OverridesOf<typeof IdentityService>
  readonly controller?: OverridesOf<typeof ControllerService>
  readonly node?: OverridesOf<typeof NodeService>
  readonly groupController?: OverridesOf<typeof GroupControllerService>
  readonly snapshotMetadata?: OverridesOf<typeof SnapshotMetadataService>
}

type OverridesOf<Def extends ServiceDefinition> = {
  readonly [K in keyof Def['methods']]?: Override<Def['methods'][K]>
}

type Override<M extends MethodDefinition> = (
  request: RequestOf<M>,
  next: (request: RequestOf<M>) => Answer<M>,
  ctx: CallContext,
) => Answer<M>

type Answer<M extends MethodDefinition> = M['responseStream'] extends true
  ? AsyncIterable<DeepPartial<ResponseOf<M>>>
  : Promise<DeepPartial<ResponseOf<M>>>
