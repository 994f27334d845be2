import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  difference,
  type FieldSet,
  fieldSet,
  fromFieldsV1,
  intersection,
  isEmptySet,
  noFields,
  pathTexts,
  thisField,
  toFieldsV1,
  union,
} from './field-set.ts'

const step = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"y"')
const path = fc.array(step, { minLength: 1, maxLength: 3 })
const setOf = (steps: readonly string[]) =>
  steps.reduceRight((inner: FieldSet, each) => fieldSet(false, [[each, inner]]), thisField)
const rooted = fc.array(path, { maxLength: 6 }).map((all) => all.map(setOf).reduce(union, noFields))
const paths = (set: FieldSet) => pathTexts(set).toSorted()

describe('field sets', () => {
  it('survive fieldsV1', () => {
    fc.assert(
      fc.property(rooted, (set) => {
        expect(paths(fromFieldsV1(toFieldsV1(set)))).toEqual(paths(set))
      }),
    )
  })

  it('are sets of paths', () => {
    fc.assert(
      fc.property(rooted, rooted, (a, b) => {
        const [inA, inB] = [paths(a), paths(b)]
        expect(paths(union(a, b))).toEqual([...new Set([...inA, ...inB])].toSorted())
        expect(paths(difference(a, b))).toEqual(inA.filter((each) => !inB.includes(each)))
        expect(paths(intersection(a, b))).toEqual(inA.filter((each) => inB.includes(each)))
        expect(isEmptySet(difference(a, a))).toBe(true)
      }),
    )
  })

  it('have paths in words', () => {
    const set = fromFieldsV1({
      'f:spec': { 'f:containers': { 'k:{"name":"a"}': { '.': {}, 'f:image': {} } }, 'f:finalizers': { 'v:"x"': {} } },
    })
    expect(pathTexts(set)).toEqual([
      '.spec.containers[name="a"]',
      '.spec.containers[name="a"].image',
      '.spec.finalizers[="x"]',
    ])
  })
})
