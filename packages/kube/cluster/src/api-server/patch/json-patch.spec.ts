import { describe, expect, it } from 'vitest'
import { applyJsonPatch } from './json-patch.ts'

describe('applyJsonPatch', () => {
  it.each([
    [{ a: [1, 2] }, { op: 'add', path: '/a/1', value: 9 }, { a: [1, 9, 2] }],
    [{ a: [1] }, { op: 'add', path: '/a/-', value: 2 }, { a: [1, 2] }],
    [{ a: 1 }, { op: 'replace', path: '/a', value: { b: 2 } }, { a: { b: 2 } }],
    [{ a: [1, 2] }, { op: 'replace', path: '/a/0', value: 3 }, { a: [3, 2] }],
    [{ a: 1, b: 2 }, { op: 'remove', path: '/a' }, { b: 2 }],
    [{ a: { x: 1 } }, { op: 'move', from: '/a/x', path: '/b' }, { a: {}, b: 1 }],
    [{ a: 1 }, { op: 'copy', from: '/a', path: '/b' }, { a: 1, b: 1 }],
    [{ 'a/b': 1, 'c~d': 2 }, { op: 'remove', path: '/a~1b' }, { 'c~d': 2 }],
    [{ a: null }, { op: 'test', path: '/a', value: null }, { a: null }],
  ])('%j %j', (target, step, expected) => {
    expect(applyJsonPatch(target, [step])).toEqual(expected)
  })

  it('leaves the target as it is', () => {
    const target = { a: { b: 1 } }
    applyJsonPatch(target, [{ op: 'remove', path: '/a/b' }])
    expect(target).toEqual({ a: { b: 1 } })
  })

  it.each([
    [{ op: 'remove', path: '/x' }, 'missing path: "/x"'],
    [{ op: 'replace', path: '/a/9', value: 1 }, 'missing path: "/a/9"'],
    [{ op: 'add', path: '/x/y', value: 1 }, 'missing path: "/x/y"'],
    [{ op: 'test', path: '/b', value: 2 }, 'testing value /b failed'],
    [{ op: 'what', path: '/b' }, 'Unexpected kind: what'],
  ])('refuses %j', (step, message) => {
    expect(() => applyJsonPatch({ a: [], b: 1 }, [step])).toThrow(message)
  })
})
