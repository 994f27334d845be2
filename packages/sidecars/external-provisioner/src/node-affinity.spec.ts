import { describe, expect, it } from 'vitest'
import { toNodeAffinity } from './node-affinity.ts'

describe('toNodeAffinity', () => {
  it('makes one term per topology, with sorted keys (must get right 62)', () => {
    expect(toNodeAffinity([{ segments: { zone: 'z1', rack: 'r1' } }, { segments: { zone: 'z2' } }])).toEqual({
      required: {
        nodeSelectorTerms: [
          {
            matchExpressions: [
              { key: 'rack', operator: 'In', values: ['r1'] },
              { key: 'zone', operator: 'In', values: ['z1'] },
            ],
          },
          { matchExpressions: [{ key: 'zone', operator: 'In', values: ['z2'] }] },
        ],
      },
    })
  })

  it.each([{ accessible: [] }, { accessible: [{ segments: {} }, { segments: {} }] }])(
    'requires nothing when the driver names no segment: $accessible',
    ({ accessible }) => {
      expect(toNodeAffinity(accessible)).toBeUndefined()
    },
  )
})
