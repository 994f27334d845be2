import type { Scenario } from '@csi-ts/kube-cluster/port'
import { delayedBinding, immediateBinding } from './provision-and-mount.ts'
import { crashBeforeVolumeWrite, crashThenClaimDeleted } from './provisioner-crash.ts'
import { wrongSecretTemplate } from './wrong-secret-template.ts'

/** The scenarios that every cluster must pass, in the order in which they are run. */
export const scenarios: readonly Scenario[] = [
  immediateBinding,
  delayedBinding,
  wrongSecretTemplate,
  crashBeforeVolumeWrite,
  crashThenClaimDeleted,
]
