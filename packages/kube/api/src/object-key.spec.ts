import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { keyOf, refOf, refTo } from './object-key.ts'

describe('object keys', () => {
  it('are the name, or namespace and name', () => {
    expect(keyOf({ name: 'a' })).toBe('a')
    expect(keyOf({ metadata: { name: 'a', namespace: 'n' } })).toBe('n/a')
    expect(keyOf({ name: 'a', namespace: '' })).toBe('a')
    expect(refTo({ metadata: { name: 'a', namespace: 'n' } })).toEqual({ name: 'a', namespace: 'n' })
    expect(refTo({ metadata: { name: 'a' } })).toEqual({ name: 'a' })
  })

  it('stand for one reference', () => {
    const part = fc.string({ minLength: 1 }).filter((text) => !text.includes('/'))
    fc.assert(
      fc.property(part, fc.option(part, { nil: undefined }), (name, namespace) => {
        const ref = namespace === undefined ? { name } : { namespace, name }
        expect(refOf(keyOf(ref))).toEqual(ref)
      }),
    )
  })

  it.each(['', '/', 'a/', '/a', 'a/b/c'])('"%s" is none', (key) => {
    expect(() => refOf(key)).toThrow(`"${key}" is not an object key: want "name" or "namespace/name"`)
  })
})
