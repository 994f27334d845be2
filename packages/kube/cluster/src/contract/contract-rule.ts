import type { ContractContext } from './contract-context.ts'

/** One thing that clients may rely on, of any Kubernetes API server. */
export interface ContractRule {
  /** A sentence about the server, e.g. `a list says once what its items are`. */
  readonly name: string
  /** Rejects when the server does not keep the rule. */
  readonly run: (context: ContractContext) => Promise<void>
}
