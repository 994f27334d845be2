import type { KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import { withContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { contractRules } from './contract-rules.ts'

/** How a rule ended. */
export interface ContractResult {
  readonly rule: string
  /** Absent: the server keeps the rule. */
  readonly error?: unknown
}

/** Runs rules one after the other against a server; `onResult` hears of each as it ends. Default: every rule. */
export async function runContract(
  client: KubeClient,
  work: WorkContext,
  options: { readonly rules?: readonly ContractRule[]; readonly onResult?: (result: ContractResult) => void } = {},
): Promise<ContractResult[]> {
  const { rules = contractRules, onResult } = options
  const results: ContractResult[] = []
  for (const rule of rules) {
    const result = await runRule(client, work, rule)
    results.push(result)
    onResult?.(result)
  }
  return results
}

async function runRule(client: KubeClient, work: WorkContext, rule: ContractRule): Promise<ContractResult> {
  try {
    await withContractContext(client, work, (context) => rule.run(context))
    return { rule: rule.name }
  } catch (error) {
    return { rule: rule.name, error }
  }
}
