import { describe, expect, it } from 'vitest'
import { resourceTable } from '../../generated/resource-table.ts'
import { createParser } from '../field-schema.ts'
import { applyStrategicPatch } from './strategic-patch.ts'

const pod = createParser(resourceTable.types).struct('core/v1.Pod', false)
const patchSpec = (spec: object, patch: Record<string, unknown>) =>
  applyStrategicPatch({ spec }, { spec: patch }, pod)['spec']

describe('applyStrategicPatch', () => {
  it('merges list items by their key and puts new ones first', () => {
    const containers = [{ name: 'a', image: '1', env: [{ name: 'X', value: '1' }] }]
    const patch = {
      containers: [
        { name: 'b', image: '2' },
        { name: 'a', env: [{ name: 'Y', value: '2' }] },
      ],
    }
    expect(patchSpec({ containers }, patch)).toEqual({
      containers: [
        { name: 'b', image: '2' },
        {
          name: 'a',
          image: '1',
          env: [
            { name: 'Y', value: '2' },
            { name: 'X', value: '1' },
          ],
        },
      ],
    })
  })

  it('follows the order that the patch sets', () => {
    const containers = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
    const patch = { '$setElementOrder/containers': [{ name: 'c' }, { name: 'a' }], containers: [] }
    expect(patchSpec({ containers }, patch)).toEqual({ containers: ['b', 'c', 'a', 'd'].map((name) => ({ name })) })
  })

  it('deletes items and replaces lists by directive', () => {
    const containers = [{ name: 'a' }, { name: 'b' }]
    expect(patchSpec({ containers }, { containers: [{ name: 'a', $patch: 'delete' }] })).toEqual({
      containers: [{ name: 'b' }],
    })
    expect(patchSpec({ containers }, { containers: [{ name: 'c' }, { $patch: 'replace' }] })).toEqual({
      containers: [{ name: 'c' }],
    })
  })

  it('keeps only the fields that the patch retains', () => {
    const volumes = [{ name: 'v', emptyDir: {} }]
    const patch = { volumes: [{ name: 'v', $retainKeys: ['name', 'hostPath'], hostPath: { path: '/x' } }] }
    expect(patchSpec({ volumes }, patch)).toEqual({ volumes: [{ name: 'v', hostPath: { path: '/x' } }] })
  })

  it('replaces lists without a merge key, and objects by directive', () => {
    expect(patchSpec({ tolerations: [{ key: 'a' }] }, { tolerations: [{ key: 'b' }] })).toEqual({
      tolerations: [{ key: 'b' }],
    })
    expect(patchSpec({ nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'replace', b: '2' } })).toEqual({
      nodeSelector: { b: '2' },
    })
  })

  it('refuses an item without its key', () => {
    expect(() => patchSpec({}, { containers: [{ image: 'x' }] })).toThrow('does not contain declared merge key: name')
  })
})
