import { describe, expect, it } from 'vitest'
import { clusterMounts } from './leftovers.ts'

describe('clusterMounts', () => {
  it('names what only a cluster mounts', () => {
    const mountInfo = [
      '25 1 254:0 / / rw,relatime - ext4 /dev/vda rw',
      '40 25 0:40 / /run rw - tmpfs csi-ts-run rw,mode=755',
      '41 40 0:41 / /run/csi-ts/kept rw - ext4 /dev/vda rw',
      '42 25 0:42 / /var/lib/kubelet rw shared:3 - tmpfs csi-ts rw',
      '43 25 0:43 / /srv/csi-ts rw - tmpfs tmpfs rw',
      '',
    ].join('\n')
    expect(clusterMounts(mountInfo)).toEqual(['/run', '/run/csi-ts/kept', '/var/lib/kubelet'])
  })
})
