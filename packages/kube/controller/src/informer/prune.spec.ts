import { describe, expect, it } from 'vitest'
import { parseFields } from './field-tree.ts'
import { prune } from './prune.ts'

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2024-01-02T03:04:05Z',
    deletionTimestamp: '2024-01-02T03:04:06Z',
    labels: { app: 'web' },
    annotations: { 'example.com/a': '1', 'example.com/b': '2' },
    managedFields: [{ manager: 'kubectl' }],
  },
  spec: {
    nodeName: 'n1',
    containers: [
      { name: 'c1', image: 'i1', volumeMounts: [{ name: 'v', mountPath: '/v' }] },
      { name: 'c2', image: 'i2' },
    ],
  },
  status: { phase: 'Running' },
}

function pruned(...paths: string[]): unknown {
  return prune(pod, parseFields(paths))
}

describe('prune', () => {
  const identity = {
    name: 'web',
    namespace: 'shop',
    uid: 'u1',
    resourceVersion: '7',
    creationTimestamp: '2024-01-02T03:04:05Z',
    deletionTimestamp: '2024-01-02T03:04:06Z',
  }

  it('always keeps what identifies an object, and nothing else unless asked for', () => {
    expect(pruned()).toEqual({ apiVersion: 'v1', kind: 'Pod', metadata: identity })
  })

  it('keeps named fields, whole below a name', () => {
    expect(pruned('spec.nodeName', 'status')).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: identity,
      spec: { nodeName: 'n1' },
      status: { phase: 'Running' },
    })
  })

  it('goes through lists', () => {
    expect(pruned('spec.containers.name', 'spec.containers.volumeMounts.mountPath')).toMatchObject({
      spec: { containers: [{ name: 'c1', volumeMounts: [{ mountPath: '/v' }] }, { name: 'c2' }] },
    })
    expect(pruned('spec.containers.name')).toHaveProperty('spec.containers', [{ name: 'c1' }, { name: 'c2' }])
  })

  it('keeps one entry of a map whose key has dots', () => {
    expect(pruned('metadata.annotations[example.com/b]')).toHaveProperty(['metadata', 'annotations'], {
      'example.com/b': '2',
    })
  })

  it('drops managedFields also when all metadata is asked for', () => {
    const { managedFields: _dropped, ...metadata } = pod.metadata
    expect(pruned('metadata')).toHaveProperty('metadata', metadata)
  })

  it('the wider of two paths wins, in either order', () => {
    expect(pruned('spec', 'spec.nodeName')).toHaveProperty('spec', pod.spec)
    expect(pruned('spec.nodeName', 'spec')).toHaveProperty('spec', pod.spec)
  })

  it('does not find what only looks like a field', () => {
    const labels = JSON.parse('{"constructor":"x","__proto__":"y"}') as Record<string, string>
    const object = { ...pod, metadata: { ...pod.metadata, labels } }
    expect(prune(object, parseFields(['metadata.labels[app]']))).toHaveProperty(['metadata', 'labels'], {})
    expect(prune({ metadata: {} }, parseFields(['spec.toString']))).toEqual({ metadata: {} })
  })

  it('leaves the object that it was given as it is', () => {
    const before = structuredClone(pod)
    pruned('metadata', 'spec.containers.name')
    expect(pod).toEqual(before)
  })
})

describe('parseFields', () => {
  it.each([
    '',
    '.spec',
    'spec.',
    'spec..driver',
    'spec[',
    'spec[]',
    'metadata.annotations[a]b',
    'metadata.managedFields',
  ])('refuses %j', (path) => {
    expect(() => parseFields([path])).toThrow(/field path|managedFields/)
  })
})
