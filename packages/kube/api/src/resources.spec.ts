import { describe, expect, expectTypeOf, it } from 'vitest'
import type { Pod } from './generated/kube-types.ts'
import type { KubeObject } from './object.ts'
import { apiVersionOf, defineResource, type ResourceType, resourcePath, resources } from './resources.ts'

interface Widget extends KubeObject {
  spec: { size: number }
}
const widgets = defineResource<Widget>('example.com/v1alpha1', 'Widget', 'widgets', 'namespaced')

describe('resource types', () => {
  it('know their API version', () => {
    expect(apiVersionOf(resources.pods)).toBe('v1')
    expect(apiVersionOf(resources.storageClasses)).toBe('storage.k8s.io/v1')
    expect(widgets).toEqual({
      group: 'example.com',
      version: 'v1alpha1',
      plural: 'widgets',
      kind: 'Widget',
      namespaced: true,
    })
  })

  it('carry the type of their objects, and fit where any resource does', () => {
    expectTypeOf<NonNullable<typeof resources.pods.object>>().toEqualTypeOf<Pod>()
    expectTypeOf(resources.pods).toExtend<ResourceType>()
    expectTypeOf(widgets).not.toExtend<ResourceType<Pod>>()
  })

  it('name no path twice', () => {
    const paths = Object.values(resources).map((type) => resourcePath(type))
    expect(new Set(paths).size).toBe(paths.length)
  })
})

describe('resourcePath', () => {
  it.each([
    { ref: undefined, path: '/api/v1/pods' },
    { ref: { namespace: 'n' }, path: '/api/v1/namespaces/n/pods' },
    { ref: { namespace: 'n', name: 'p' }, path: '/api/v1/namespaces/n/pods/p' },
    { ref: { namespace: 'n', name: 'a/../b?c#d' }, path: '/api/v1/namespaces/n/pods/a%2F..%2Fb%3Fc%23d' },
  ])('of pods $ref', ({ ref, path }) => {
    expect(resourcePath(resources.pods, ref)).toBe(path)
  })

  it('of groups, cluster-scoped objects and subresources', () => {
    expect(resourcePath(resources.volumeAttachments, { name: 'a' }, 'status')).toBe(
      '/apis/storage.k8s.io/v1/volumeattachments/a/status',
    )
    expect(resourcePath(widgets, { namespace: 'n', name: 'w' })).toBe(
      '/apis/example.com/v1alpha1/namespaces/n/widgets/w',
    )
  })

  it.each([
    { type: resources.pods, ref: { name: 'p' }, says: 'Pod p needs a namespace' },
    {
      type: resources.nodes,
      ref: { name: 'n', namespace: 'x' },
      says: 'Node is cluster-scoped: namespace x is not allowed',
    },
    { type: resources.nodes, ref: { name: '' }, says: 'Node needs a name' },
    { type: resources.nodes, ref: { name: '..' }, says: 'Node ".." is not a name' },
  ])('refuses: $says', ({ type, ref, says }) => {
    expect(() => resourcePath(type, ref)).toThrow(says)
  })
})
