import { AccessMode } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { toVolumeCapabilities } from './volume-capability.ts'

const options = { singleNodeMultiWriter: false }

describe('toVolumeCapabilities', () => {
  it('asks for one capability per access mode, in the order of the claim', () => {
    const accessModes = ['ReadWriteMany', 'ReadWriteOnce']
    expect(toVolumeCapabilities({ accessModes, fsType: 'xfs', mountFlags: ['noatime'] }, options)).toEqual([
      {
        accessMode: { mode: AccessMode.MULTI_NODE_MULTI_WRITER },
        accessType: { $case: 'mount', value: { fsType: 'xfs', mountFlags: ['noatime'], volumeMountGroup: '' } },
      },
      {
        accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
        accessType: { $case: 'mount', value: { fsType: 'xfs', mountFlags: ['noatime'], volumeMountGroup: '' } },
      },
    ])
  })

  it('sends neither file system nor mount flags for a block volume', () => {
    const input = { accessModes: ['ReadWriteOnce'], volumeMode: 'Block', fsType: 'xfs', mountFlags: ['noatime'] }
    expect(toVolumeCapabilities(input, options)).toEqual([
      { accessMode: { mode: AccessMode.SINGLE_NODE_WRITER }, accessType: { $case: 'block', value: {} } },
    ])
  })
})
