import { resources } from '@csi-ts/kube-api'
import type { Needs } from '@csi-ts/kube-controller'
import { describe, expect, it } from 'vitest'
import { rbacRules, rbacRulesByScope } from './rbac-rules.ts'

const { persistentVolumes, persistentVolumeClaims, leases, csiNodes } = resources

const needs: Needs = [
  { resource: csiNodes, verbs: ['watch', 'list', 'get'], fields: [] },
  { resource: persistentVolumes, verbs: ['delete', 'create'] },
  { resource: persistentVolumes, verbs: ['list', 'watch', 'get'], fields: ['spec'] },
  { resource: persistentVolumeClaims, subresource: 'status', verbs: ['patch'] },
  { resource: persistentVolumeClaims, verbs: ['get'] },
  { resource: leases, verbs: ['get', 'create', 'update'], namespace: 'kube-system' },
]

const cluster = [
  { apiGroups: [''], resources: ['persistentvolumeclaims'], verbs: ['get'] },
  { apiGroups: [''], resources: ['persistentvolumeclaims/status'], verbs: ['patch'] },
  { apiGroups: [''], resources: ['persistentvolumes'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
  { apiGroups: ['storage.k8s.io'], resources: ['csinodes'], verbs: ['get', 'list', 'watch'] },
]
const lease = { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: ['get', 'create', 'update'] }

describe('rbacRules', () => {
  it('unites verbs by resource, and sorts', () => {
    expect(rbacRules(needs)).toEqual([...cluster.slice(0, 3), lease, ...cluster.slice(3)])
  })

  it('does not depend on the order of needs', () => {
    expect(rbacRules(needs.toReversed())).toEqual(rbacRules(needs))
  })
})

describe('rbacRulesByScope', () => {
  it('keeps needs of one namespace apart', () => {
    expect(rbacRulesByScope(needs)).toEqual({ cluster, namespaced: { 'kube-system': [lease] } })
  })
})
