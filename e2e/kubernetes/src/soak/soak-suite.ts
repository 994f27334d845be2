import { randomInt } from 'node:crypto'
import { silentLogger } from '@csi-ts/telemetry'
import { bundleCommands } from '@csi-ts/tools/bundle'
import { componentCommand, componentCommands } from '@csi-ts/tools/components'
import type { Suite } from '../suite.ts'
import { runSoak } from './run-soak.ts'

/** Minutes of churn under faults on the embedded cluster. */
export const soakSuite: Suite = {
  name: 'soak',
  title: 'churn on the embedded cluster with random faults: caches stay right, nothing leaks, memory is bounded',
  async run({ soak, path, logs, log, report, signal }) {
    await bundleCommands([componentCommands['external-provisioner'], componentCommands['mock-driver']])
    const checks = await runSoak(
      {
        durationMs: soak.minutes * 60_000,
        seed: soak.seed ?? randomInt(1, 1_000_000),
        command: componentCommand,
        env: { PATH: path },
        logs,
        line: (text) => log.write(`soak: ${text}\n`),
      },
      { signal, log: silentLogger },
    )
    for (const { name, problem } of checks) {
      await report.run(`soak: ${name}`, log, async () => {
        if (problem !== undefined) throw new Error(problem)
      })
    }
  },
}
