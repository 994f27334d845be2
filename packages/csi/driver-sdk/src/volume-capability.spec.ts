import { AccessMode, VolumeCapability } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { isBlock, isMultiNode, isReaderOnly, isSameCapability } from './volume-capability.ts'

function capability(mode: AccessMode, mountFlags: readonly string[] = [], fsType = 'ext4'): VolumeCapability {
  return VolumeCapability.fromPartial({
    accessMode: { mode },
    accessType: { $case: 'mount', value: { fsType, mountFlags: [...mountFlags] } },
  })
}

const block = VolumeCapability.fromPartial({
  accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
  accessType: { $case: 'block', value: {} },
})

describe('isSameCapability', () => {
  const writer = AccessMode.SINGLE_NODE_WRITER
  it.each([
    { why: 'equal', a: capability(writer), b: capability(writer), same: true },
    {
      why: 'flags in another order',
      a: capability(writer, ['ro', 'x']),
      b: capability(writer, ['x', 'ro']),
      same: true,
    },
    { why: 'another mode', a: capability(writer), b: capability(AccessMode.MULTI_NODE_READER_ONLY), same: false },
    { why: 'other flags', a: capability(writer, ['ro']), b: capability(writer), same: false },
    { why: 'another file system', a: capability(writer), b: capability(writer, [], 'xfs'), same: false },
    { why: 'block and mount', a: capability(writer), b: block, same: false },
  ])('$why: $same', ({ a, b, same }) => {
    expect(isSameCapability(a, b)).toBe(same)
  })
})

describe('access modes', () => {
  it('know readers and several nodes', () => {
    const modes = Object.values(AccessMode).filter((mode) => mode > 0)
    expect(modes.filter(isReaderOnly)).toEqual([AccessMode.SINGLE_NODE_READER_ONLY, AccessMode.MULTI_NODE_READER_ONLY])
    expect(modes.filter(isMultiNode)).toEqual([
      AccessMode.MULTI_NODE_READER_ONLY,
      AccessMode.MULTI_NODE_SINGLE_WRITER,
      AccessMode.MULTI_NODE_MULTI_WRITER,
    ])
  })

  it('know raw block access', () => {
    expect(isBlock(block)).toBe(true)
    expect(isBlock(capability(AccessMode.SINGLE_NODE_WRITER))).toBe(false)
  })
})
