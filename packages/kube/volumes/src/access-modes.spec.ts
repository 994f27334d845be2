import { AccessMode } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { toAccessMode, toCombinedAccessMode } from './access-modes.ts'

const without = { singleNodeMultiWriter: false }
const withCapability = { singleNodeMultiWriter: true }

describe('toAccessMode', () => {
  it.each([
    { mode: 'ReadWriteOnce', plain: AccessMode.SINGLE_NODE_WRITER, capable: AccessMode.SINGLE_NODE_MULTI_WRITER },
    { mode: 'ReadWriteOncePod', plain: AccessMode.SINGLE_NODE_WRITER, capable: AccessMode.SINGLE_NODE_SINGLE_WRITER },
    { mode: 'ReadOnlyMany', plain: AccessMode.MULTI_NODE_READER_ONLY, capable: AccessMode.MULTI_NODE_READER_ONLY },
    { mode: 'ReadWriteMany', plain: AccessMode.MULTI_NODE_MULTI_WRITER, capable: AccessMode.MULTI_NODE_MULTI_WRITER },
  ])('maps $mode by whether the driver tells writers apart', ({ mode, plain, capable }) => {
    expect(toAccessMode(mode, without)).toBe(plain)
    expect(toAccessMode(mode, withCapability)).toBe(capable)
  })

  it('names an unknown mode and what is allowed', () => {
    expect(() => toAccessMode('ReadWriteTwice', without)).toThrow(
      'unknown access mode "ReadWriteTwice": must be one of ReadWriteOnce, ReadOnlyMany, ReadWriteMany, ReadWriteOncePod',
    )
  })
})

describe('toCombinedAccessMode', () => {
  it.each([
    {
      modes: ['ReadWriteOncePod'],
      plain: AccessMode.SINGLE_NODE_WRITER,
      capable: AccessMode.SINGLE_NODE_SINGLE_WRITER,
    },
    { modes: ['ReadWriteOnce'], plain: AccessMode.SINGLE_NODE_WRITER, capable: AccessMode.SINGLE_NODE_MULTI_WRITER },
    {
      modes: ['ReadWriteOnce', 'ReadWriteOnce'],
      plain: AccessMode.SINGLE_NODE_WRITER,
      capable: AccessMode.SINGLE_NODE_MULTI_WRITER,
    },
    { modes: ['ReadOnlyMany'], plain: AccessMode.MULTI_NODE_READER_ONLY, capable: AccessMode.MULTI_NODE_READER_ONLY },
    {
      modes: ['ReadWriteOnce', 'ReadOnlyMany', 'ReadWriteMany'],
      plain: AccessMode.MULTI_NODE_MULTI_WRITER,
      capable: AccessMode.MULTI_NODE_MULTI_WRITER,
    },
  ])('covers $modes', ({ modes, plain, capable }) => {
    expect(toCombinedAccessMode(modes, without)).toBe(plain)
    expect(toCombinedAccessMode(modes, withCapability)).toBe(capable)
  })

  it.each([
    { modes: ['ReadWriteOncePod', 'ReadWriteMany'], message: 'does not support use of ReadWriteOncePod with other' },
    { modes: ['ReadWriteOnce', 'ReadOnlyMany'], message: 'CSI does not support ReadOnlyMany and ReadWriteOnce' },
    { modes: [], message: 'unsupported AccessMode combination: []' },
    { modes: ['ReadWriteMany', 'Nonsense'], message: 'unknown access mode "Nonsense"' },
  ])('refuses $modes', ({ modes, message }) => {
    expect(() => toCombinedAccessMode(modes, without)).toThrow(message)
  })
})
