import { mkdir } from 'node:fs/promises'
import { runCommand } from '../host/run-command.ts'
import { planMounts } from './mount-plan.ts'
import { planNetwork } from './network-plan.ts'

/** Gives the new namespaces their file system and network. Only inside: it would cover the machine's own folders. */
export async function prepareNamespace(repository: string): Promise<void> {
  if (process.pid !== 1) throw new Error('refusing to mount over the machine: not the first process of a namespace')
  for (const step of planMounts(repository)) {
    if (step.kind === 'folder') await mkdir(step.path, { recursive: true })
    else await runCommand('mount', step.args)
  }
  for (const args of planNetwork()) await runCommand('ip', args)
}
