import { createKubeClient, type KubeClient, loadClusterConfig } from '@csi-ts/kube-client'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import { type ContractContext, contractRules, expectExpired, withContractContext } from '@csi-ts/kube-cluster/contract'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { startControlPlane } from '../cluster/start-control-plane.ts'
import { runKubectlChecks } from '../kubectl/kubectl-suite.ts'
import type { Suite } from '../suite.ts'

/** A server under the contract. */
interface ContractServer {
  readonly client: KubeClient
  forgetHistory(): Promise<void>
}

/** A rule of the contract, for any server that can be made to forget. */
interface ServerRule {
  readonly name: string
  run(context: ContractContext, server: ContractServer): Promise<void>
}

const rules: readonly ServerRule[] = [
  ...contractRules,
  {
    name: 'answers 410 to who comes back after it has forgotten',
    run: (context, server) => expectExpired(context, () => server.forgetHistory()),
  },
]

/** The rules that run on the embedded API server in every `npm test`, on the real one. */
export const contractSuite: Suite = {
  name: 'contract',
  title: `kube-apiserver keeps the ${rules.length} rules that the embedded API server keeps in every npm test, and passes the checks of kubectl`,
  async run(context) {
    const binaries = await context.binaries(['etcd', 'kube-apiserver'])
    await using controlPlane = await startControlPlane({ ...context, binaries })
    const config = await loadClusterConfig({ kubeconfig: controlPlane.kubeconfig, env: {} })
    const work: WorkContext = { signal: controlPlane.signal, log: silentLogger }
    const client = createKubeClient({ config, userAgent: 'contract' })
    const server = { client, forgetHistory: () => controlPlane.forgetHistory() }
    try {
      for (const rule of rules) {
        if (controlPlane.signal.aborted) throw controlPlane.signal.reason
        await context.report.run(`contract: ${rule.name}`, context.log, () => expectKept(rule, server, work))
      }
      await runKubectlChecks('kubectl on kube-apiserver', controlPlane.kubeconfig, context)
    } finally {
      client.close()
    }
  },
}

/** Rejects when the real server does not keep the rule, with what both servers do. */
async function expectKept(rule: ServerRule, real: ContractServer, work: WorkContext): Promise<void> {
  const failure = await failureOf(rule, real, work)
  if (failure === undefined) return
  await using embedded = await startEmbeddedCluster()
  const forgetHistory = () => Promise.resolve(embedded.forgetHistory())
  const other = await failureOf(rule, { client: embedded.client('contract'), forgetHistory }, work)
  throw new Error(`kube-apiserver: ${failure}\nembedded API server: ${other ?? 'keeps the rule'}`)
}

async function failureOf(rule: ServerRule, server: ContractServer, work: WorkContext): Promise<string | undefined> {
  try {
    await withContractContext(server.client, work, (context) => rule.run(context, server))
    return undefined
  } catch (error) {
    return error instanceof Error ? (error.stack ?? error.message) : String(error)
  }
}
