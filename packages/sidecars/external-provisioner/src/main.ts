#!/usr/bin/env node
import { runMain } from '@csi-ts/process'
import { sidecarProgram } from '@csi-ts/sidecar-kit'
import { externalProvisioner } from './sidecar.ts'

await runMain({
  ...sidecarProgram(externalProvisioner, 'Creates and deletes volumes for claims through a CSI driver.'),
  grammar: 'pflag',
})
