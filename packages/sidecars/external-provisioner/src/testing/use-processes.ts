import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'
import { type ProvisionerProcess, startProcess } from './provisioner-process.ts'
import type { World } from './world.ts'

/** What a spec of the process needs. */
export interface Processes {
  /** Starts a provisioner, which is gone at the end of the test. */
  readonly start: (argv: readonly string[], env?: Readonly<Record<string, string>>) => ProvisionerProcess
  /** Flags for a provisioner of the world's driver, at the proxy. */
  readonly flagsFor: (world: World) => Promise<string[]>
}

/** For a spec: processes and files that do not outlive a test. */
export function useProcesses(): Processes {
  const cleanups: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
  })
  return {
    start(argv, env) {
      const provisioner = startProcess(argv, env)
      cleanups.push(async () => {
        provisioner.kill('SIGKILL')
        await provisioner.exited
      })
      return provisioner
    },
    async flagsFor(world) {
      const folder = await mkdtemp(join(tmpdir(), 'provisioner-main-'))
      cleanups.push(() => rm(folder, { recursive: true, force: true }))
      const kubeconfig = join(folder, 'kubeconfig')
      await writeFile(kubeconfig, world.proxy.kubeconfig)
      return [`--kubeconfig=${kubeconfig}`, `--csi-address=${world.serving.endpoint}`, '--v=2']
    },
  }
}

/** The warnings and errors of a log, without the header that differs each time. */
export function errorLines(stderr: string): readonly string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !/^I\d{4} /.test(line))
    .map((line) => line.replace(/^[EW]\d{4} .*?\] /, ''))
}
