import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedCluster } from '@csi-ts/kube-cluster'
import type { Suite, SuiteContext } from '../suite.ts'
import { describeChecks } from './checks/describe-checks.ts'
import { discoveryChecks } from './checks/discovery-checks.ts'
import { getChecks } from './checks/get-checks.ts'
import { watchChecks } from './checks/watch-checks.ts'
import { writeChecks } from './checks/write-checks.ts'
import { createKubectl } from './kubectl.ts'
import { type KubectlCheck, runCheck } from './kubectl-check.ts'

/** Every check. */
const checks: readonly KubectlCheck[] = [
  ...discoveryChecks,
  ...getChecks,
  ...describeChecks,
  ...writeChecks,
  ...watchChecks,
]

/** A real kubectl on the embedded API server. */
export const kubectlSuite: Suite = {
  name: 'kubectl',
  title: `kubectl reads on the embedded API server what it reads on a real one (${checks.length} checks)`,
  async run(context) {
    await using server = await startEmbeddedCluster()
    const folder = await mkdtemp(join(tmpdir(), 'csi-ts-kubectl-'))
    try {
      const kubeconfig = join(folder, 'kubeconfig')
      await writeFile(kubeconfig, server.kubeconfig, { mode: 0o600 })
      await runKubectlChecks('kubectl', kubeconfig, context)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** Runs the checks against any API server; the report has them under the given name. */
export async function runKubectlChecks(name: string, kubeconfig: string, context: SuiteContext): Promise<void> {
  const { report, log, signal, path } = context
  const binary = (await context.binaries(['kubectl'])).get('kubectl') ?? ''
  const home = await mkdtemp(join(tmpdir(), 'csi-ts-kubectl-home-'))
  try {
    await mkdir(join(home, '.kube'))
    const kubectl = createKubectl({ binary, kubeconfig, home, path, signal })
    for (const [index, check] of checks.entries()) {
      if (signal.aborted) break
      await report.run(`${name}: ${check.name}`, log, () => runCheck(check, kubectl, index))
    }
  } finally {
    await rm(home, { recursive: true, force: true })
  }
}
