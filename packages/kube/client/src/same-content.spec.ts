import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { holdsContent } from './same-content.ts'

const sent = {
  metadata: { name: 'a', annotations: { x: '1' }, finalizers: ['f'], uid: 'mine' },
  spec: {
    capacity: { storage: '1024Mi' },
    modes: ['RWO'],
    flag: false,
    empty: '',
    none: [],
    map: {},
    nothing: null,
    list: [{ a: 1 }],
  },
}

describe('holdsContent', () => {
  it('is satisfied by what a server makes of an object', () => {
    const stored = {
      apiVersion: 'v1',
      kind: 'X',
      metadata: {
        name: 'a',
        annotations: { x: '1', y: '2' },
        finalizers: ['g', 'f'],
        uid: 'its own',
        resourceVersion: '1',
      },
      spec: {
        capacity: { storage: '1Gi' },
        modes: ['RWO', 'ROX'],
        mode: 'Filesystem',
        list: [{ b: 2 }, { a: 1, c: 3 }],
      },
      status: { phase: 'Pending' },
    }
    expect(holdsContent(stored, sent)).toBe(true)
  })

  it.each([
    { why: 'another value', change: { spec: { ...sent.spec, capacity: { storage: '2Gi' } } } },
    { why: 'a missing element', change: { spec: { ...sent.spec, modes: [] } } },
    { why: 'another element', change: { spec: { ...sent.spec, list: [{ a: 2 }] } } },
    { why: 'true for false', change: { spec: { ...sent.spec, flag: true } } },
    { why: 'a missing finalizer', change: { metadata: { ...sent.metadata, finalizers: [] } } },
    { why: 'no spec', change: { spec: undefined } },
  ])('is not satisfied by $why', ({ change }) => {
    expect(holdsContent({ ...sent, ...change }, sent)).toBe(false)
  })

  it('is satisfied by the object itself, and by any that has more', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.dictionary(fc.string(), fc.jsonValue()),
        (spec, more) => {
          expect(holdsContent({ spec: { ...more, ...spec } }, { spec })).toBe(true)
        },
      ),
    )
  })

  it('does not look up fields in prototypes', () => {
    expect(holdsContent({ spec: {} }, { spec: { constructor: { name: 'Object' } } })).toBe(false)
  })
})
