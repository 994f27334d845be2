import { describe, expect, it } from 'vitest'
import { toVolumeName } from './volume-name.ts'

const uid = '6e1c5ab0-77f4-4fd8-9f8d-0d2a1b3c4d5e'

describe('toVolumeName', () => {
  it.each([
    { prefix: 'pvc', uuidLength: -1, expected: `pvc-${uid}` },
    { prefix: 'csi-vol', uuidLength: 32, expected: 'csi-vol-6e1c5ab077f44fd89f8d0d2a1b3c4d5e' },
    { prefix: 'pvc', uuidLength: 10, expected: 'pvc-6e1c5ab077' },
  ])('$prefix and $uuidLength make $expected', ({ expected, ...naming }) => {
    expect(toVolumeName(uid, naming)).toBe(expected)
  })
})
