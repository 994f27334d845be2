import { provisionerNeeds } from '@csi-ts/external-provisioner'
import type { ComponentName } from '@csi-ts/kube-cluster/port'
import { electionNeeds, type RbacRules, rbacRulesByScope } from '@csi-ts/sidecar-kit'

/** What a component may do on the cluster, and as whom. */
export interface ComponentRole {
  /** Name of its service account, and of its roles. */
  readonly account: string
  readonly rules: RbacRules
}

/** The namespace of the service accounts, and of the leases. */
export const accountNamespace = 'default'

/**
 * The components that speak to the API server, with what each says that it needs and nothing more: the rules that charts
 * are made from. The names are upstream's.
 */
export const componentRoles: Partial<Readonly<Record<ComponentName, ComponentRole>>> = {
  'external-provisioner': {
    account: 'csi-provisioner',
    // The driver of the scenarios does not attach.
    rules: rbacRulesByScope([...provisionerNeeds({ attaches: false }), ...electionNeeds(accountNamespace)]),
  },
}
