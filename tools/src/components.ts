import { join } from 'node:path'
import { bundleFolder, imageNodeFlags } from './bundle.ts'

/** Command name of each component that scenarios run as a process. */
export const componentCommands = {
  'external-provisioner': 'csi-provisioner',
  'node-driver-registrar': 'csi-node-driver-registrar',
  livenessprobe: 'livenessprobe',
  'driver-hostpath': 'hostpathplugin',
  'mock-driver': 'csi-mock-driver',
} as const

/** How a bundled component is started: as its image's entry point does it. */
export function componentCommand(component: keyof typeof componentCommands): {
  readonly program: string
  readonly args: readonly string[]
} {
  return {
    program: process.execPath,
    args: [...imageNodeFlags, join(bundleFolder(componentCommands[component]), 'main.mjs')],
  }
}
