import type { ConformanceCase } from '../conformance-case.ts'
import { attachCases } from './attach.ts'
import { createVolumeCases } from './create-volume.ts'
import { expandAndModifyCases } from './expand-and-modify.ts'
import { groupCases } from './group.ts'
import { healthCases } from './health.ts'
import { identityCases } from './identity.ts'
import { listVolumesCases } from './list-volumes.ts'
import { metadataCases } from './metadata.ts'
import { nodeCases } from './node.ts'
import { requiredFieldCases } from './required-fields.ts'
import { restartCases } from './restart.ts'
import { snapshotCases } from './snapshot.ts'
import { volumeLifeCases } from './volume-life.ts'
import { volumeSourceCases } from './volume-source.ts'

/** Every case, in the order in which they run. Names are unique. */
export const conformanceCases: readonly ConformanceCase[] = [
  ...identityCases,
  ...requiredFieldCases,
  ...createVolumeCases,
  ...volumeSourceCases,
  ...volumeLifeCases,
  ...listVolumesCases,
  ...attachCases,
  ...expandAndModifyCases,
  ...snapshotCases,
  ...nodeCases,
  ...groupCases,
  ...metadataCases,
  ...healthCases,
  ...restartCases,
]
