import { applyRules } from './apply-rules.ts'
import type { ContractRule } from './contract-rule.ts'
import { customResourceRules } from './custom-resource-rules.ts'
import { deletionRules } from './deletion-rules.ts'
import { eventRules } from './event-rules.ts'
import { listRules } from './list-rules.ts'
import { objectRules } from './object-rules.ts'
import { patchRules } from './patch-rules.ts'
import { statusRules } from './status-rules.ts'
import { storageRules } from './storage-rules.ts'
import { watchRules } from './watch-rules.ts'

/** Every rule. Each makes its own namespace, so they may run in any order and side by side. */
export const contractRules: readonly ContractRule[] = [
  ...objectRules,
  ...listRules,
  ...watchRules,
  ...patchRules,
  ...applyRules,
  ...statusRules,
  ...deletionRules,
  ...storageRules,
  ...customResourceRules,
  ...eventRules,
]
