import type { PolicyRule } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { accountNamespace, componentRoles } from './component-roles.ts'

function byResource(rules: readonly PolicyRule[] = []): Record<string, readonly string[]> {
  return Object.fromEntries(
    rules.flatMap(({ resources = [], verbs }) => resources.map((resource) => [resource, verbs] as const)),
  )
}

describe('the role of external-provisioner', () => {
  const rules = componentRoles['external-provisioner']?.rules

  it("is within upstream's, but for the attributes classes that it forgets", () => {
    const upstream: Readonly<Record<string, readonly string[]>> = {
      secrets: ['get', 'list'],
      persistentvolumes: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      persistentvolumeclaims: ['get', 'list', 'watch', 'update'],
      storageclasses: ['get', 'list', 'watch'],
      events: ['list', 'watch', 'create', 'update', 'patch'],
      csinodes: ['get', 'list', 'watch'],
      nodes: ['get', 'list', 'watch'],
      volumeattributesclasses: ['get'],
    }
    const ours = byResource(rules?.cluster)
    expect(Object.keys(upstream)).toEqual(expect.arrayContaining(Object.keys(ours)))
    for (const [resource, verbs] of Object.entries(ours))
      expect(upstream[resource]).toEqual(expect.arrayContaining([...verbs]))
  })

  it('has the election in the namespace of its account', () => {
    const upstream = ['get', 'watch', 'list', 'delete', 'update', 'create']
    const { leases, ...others } = byResource(rules?.namespaced[accountNamespace])
    expect(upstream).toEqual(expect.arrayContaining([...(leases ?? ['none'])]))
    expect(Object.keys(others)).toEqual(['events'])
  })
})
