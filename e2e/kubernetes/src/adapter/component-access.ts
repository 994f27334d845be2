import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type PolicyRule, resources } from '@csi-ts/kube-api'
import { type KubeClient, requestToken } from '@csi-ts/kube-client'
import type { ClusterObjects } from '@csi-ts/kube-cluster'
import type { WorkContext } from '@csi-ts/telemetry'
import { renderTokenKubeconfig } from '../cluster/configs.ts'
import { accountNamespace, type ComponentRole } from './component-roles.ts'

/** Where components find an API server: the real one, or a proxy in front of it. */
export interface ApiEndpoint {
  readonly server: string
  /** PEM. */
  readonly ca: string
}

/** What {@link grantAccess} works with. */
export interface AccessDeps {
  /** An administrator's. */
  readonly client: KubeClient
  readonly objects: ClusterObjects
  /** Folder for kubeconfigs. */
  readonly folder: string
}

/**
 * Makes a component's service account, roles and bindings, if they are not there, and writes a kubeconfig with a token
 * of the account.
 *
 * @returns the kubeconfig's path.
 */
export async function grantAccess(
  { account, rules }: ComponentRole,
  endpoint: ApiEndpoint,
  { client, objects, folder }: AccessDeps,
  ctx: WorkContext,
): Promise<string> {
  const ref = { name: account, namespace: accountNamespace }
  const subjects = [{ kind: 'ServiceAccount', ...ref }]
  const roleRef = (kind: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind, name: account })
  const copy = (list: readonly PolicyRule[]) => structuredClone(list) as PolicyRule[]
  await objects.apply(resources.serviceAccounts, { metadata: ref })
  await objects.apply(resources.clusterRoles, { metadata: { name: account }, rules: copy(rules.cluster) })
  await objects.apply(resources.clusterRoleBindings, {
    metadata: { name: account },
    roleRef: roleRef('ClusterRole'),
    subjects,
  })
  for (const [namespace, own] of Object.entries(rules.namespaced)) {
    const metadata = { name: account, namespace }
    await objects.apply(resources.roles, { metadata, rules: copy(own) })
    await objects.apply(resources.roleBindings, { metadata, roleRef: roleRef('Role'), subjects })
  }
  const { token } = await requestToken(client, ref, {}, ctx)
  const path = join(folder, `${account}-${new URL(endpoint.server).port}.kubeconfig`)
  await writeFile(path, renderTokenKubeconfig({ ...endpoint, token }), { mode: 0o600 })
  return path
}
