import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from '@csi-ts/kube-cluster'
import type { ComponentName } from '@csi-ts/kube-cluster/port'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { runSoak } from './run-soak.ts'

const packages = join(import.meta.dirname, '../../../../packages')
const mains: Partial<Record<ComponentName, string>> = {
  'external-provisioner': 'sidecars/external-provisioner/src/main.ts',
  'mock-driver': 'csi/mock-driver/src/main.ts',
}

/** Not from bundles: other tests make these at the same time. */
function fromSource(component: ComponentName): Command {
  return { program: process.execPath, args: ['--conditions=@csi-ts/source', join(packages, mains[component] ?? '')] }
}

describe('runSoak', () => {
  it('comes to rest after a minute of faults, with everything as it should be', { timeout: 300_000 }, async () => {
    const logs = await mkdtemp(join(tmpdir(), 'csi-ts-soak-logs-'))
    const seed = Date.now() % 1_000_000
    const lines: string[] = []
    const checks = await runSoak(
      { durationMs: 60_000, seed, command: fromSource, env: process.env, logs, line: (text) => lines.push(text) },
      { signal: new AbortController().signal, log: silentLogger },
    )
    const problems = checks.filter(({ problem }) => problem !== undefined)
    // The lines say how to run it again.
    expect({ problems, lines: problems.length === 0 ? [] : lines }).toEqual({ problems: [], lines: [] })
    expect(checks.length).toBeGreaterThan(5)
    await rm(logs, { recursive: true }) // what failed keeps its logs
  })
})
