import type { Defect } from '../defect.ts'
import { attachDefects } from './attach.ts'
import { createVolumeDefects } from './create-volume.ts'
import { createVolumeRequestDefects } from './create-volume-request.ts'
import { groupDefects } from './groups.ts'
import { healthDefects } from './health.ts'
import { identityDefects } from './identity.ts'
import { listDefects } from './lists.ts'
import { metadataDefects } from './metadata.ts'
import { nodeDefects } from './node.ts'
import { restartDefects } from './restart.ts'
import { snapshotDefects } from './snapshots.ts'
import { volumeLifeDefects } from './volume-life.ts'

/** Every defect that the suite has to find, in the order of DEFECTS.md. */
export const defects: readonly Defect[] = [
  ...identityDefects,
  ...createVolumeRequestDefects,
  ...createVolumeDefects,
  ...volumeLifeDefects,
  ...attachDefects,
  ...listDefects,
  ...snapshotDefects,
  ...nodeDefects,
  ...groupDefects,
  ...metadataDefects,
  ...healthDefects,
  ...restartDefects,
]
