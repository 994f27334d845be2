import type { CaseContext } from './case-context.ts'

/** What a case needs besides capabilities. */
export type Need =
  | 'attach limit'
  | 'mount volumes'
  | 'mutable parameters'
  | 'node topology'
  | 'parameters'
  | 'restart'
  | 'volumes on the node'

/** What a driver must have for a case to apply; everything in it. Values are numbers of the CSI enums. */
export interface Gate {
  /** Values of `PluginService`. */
  readonly plugin?: readonly number[]
  /** Values of `ControllerCapability`; an empty list: a controller service. */
  readonly controller?: readonly number[]
  /** Values of `NodeCapability`; an empty list: a node service. */
  readonly node?: readonly number[]
  /** Values of `GroupControllerCapability`; an empty list: a group controller service. */
  readonly groupController?: readonly number[]
  readonly needs?: readonly Need[]
}

/** One thing that the specification demands, and how to see whether a driver does it. */
export interface ConformanceCase {
  /** `CreateVolume: the same name gives the same volume`; unique. */
  readonly name: string
  readonly gate?: Gate
  /** Rejects when the driver does it wrong. */
  run(t: CaseContext): Promise<void>
}
