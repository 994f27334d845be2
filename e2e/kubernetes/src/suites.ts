import { contractSuite } from './contract/contract-suite.ts'
import { kubectlSuite } from './kubectl/kubectl-suite.ts'
import { killCases } from './runner/kill-cases.ts'
import { soakSuite } from './soak/soak-suite.ts'
import type { Suite } from './suite.ts'

/** Every suite, in the order in which they are run, after the scenarios. */
export const suites: readonly Suite[] = [kubectlSuite, contractSuite, soakSuite, killCases]
