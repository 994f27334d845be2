import { mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createMountTable, isMountFrom, isMountOf, isMountPoint, type MountTable } from './mount-table.ts'

const text = `1 0 8:1 / / rw - ext4 /dev/sda1 rw
2 1 8:2 /data /csi rw - ext4 /dev/sdb rw
3 1 8:2 /data/v1 /pods/a/mount rw - ext4 /dev/sdb rw
4 1 0:50 / /pods/a/mount ro - tmpfs tmpfs ro
5 1 8:2 /data/v1 /pods/b/mount ro - ext4 /dev/sdb rw
6 1 8:2 /data/v10 /pods/c/mount rw - ext4 /dev/sdb rw
`

function tableOf(content: string): MountTable {
  return createMountTable({ read: async () => content, tornReads: false })
}

describe('MountTable', () => {
  const table = tableOf(text)

  it('shows the last of several mounts at a path', async () => {
    expect((await table.at('/pods/a/mount'))?.fsType).toBe('tmpfs')
    expect((await table.stackAt('/pods/a/mount')).map(({ id }) => id)).toEqual([3, 4])
    expect(await table.at('/pods/a')).toBeUndefined()
  })

  it('lists what is mounted below a path, not what only starts alike', async () => {
    expect((await table.beneath('/pods/a')).map(({ id }) => id)).toEqual([3, 4])
    expect(await table.beneath('/pods/a/mount')).toEqual([])
    expect(await table.beneath('/po')).toEqual([])
  })

  it('locates a directory inside a bind mount by its place in the file system', async () => {
    expect(await table.locate('/csi/v1')).toEqual({ device: '8:2', root: '/data/v1' })
    expect(await table.locate('/csi')).toEqual({ device: '8:2', root: '/data' })
    expect(await table.locate('/elsewhere/x')).toEqual({ device: '8:1', root: '/elsewhere/x' })
  })

  it('finds the other mounts of a directory', async () => {
    expect((await table.refs('/csi/v1')).map(({ mountPoint }) => mountPoint)).toEqual([
      '/pods/a/mount',
      '/pods/b/mount',
    ])
    expect(await table.refs('/csi/v2')).toEqual([])
  })

  it('does not confuse directories whose names start alike', async () => {
    const v1 = await table.locate('/csi/v1')
    const entries = await table.list()
    expect(entries.filter((entry) => isMountFrom(entry, v1)).map(({ id }) => id)).toEqual([3, 5])
    expect(entries.filter((entry) => isMountOf(entry, v1)).map(({ id }) => id)).toEqual([3, 5])
  })

  it('reads until two reads agree on kernels that tear reads', async () => {
    const reads = ['', text.slice(0, 80), text, text, 'never read']
    const torn = createMountTable({ read: async () => reads.shift() ?? '', tornReads: true })
    expect(await torn.list()).toHaveLength(6)
    expect(reads).toEqual(['never read'])
  })

  it('gives up on a table that never settles', async () => {
    let count = 0
    const torn = createMountTable({ read: async () => `${count++} 0 8:1 / / rw - ext4 d rw\n`, tornReads: true })
    await expect(torn.list()).rejects.toThrow('changed during each of 10 reads')
  })

  it('parses again only when the text changed', async () => {
    let content = text
    const cached = createMountTable({ read: async () => content, tornReads: false })
    const first = await cached.list()
    expect(await cached.list()).toBe(first)
    content = '1 0 8:1 / / rw - ext4 /dev/sda1 rw\n'
    expect(await cached.list()).toHaveLength(1)
  })

  it('reads the real table', async () => {
    expect(await createMountTable().at('/')).toMatchObject({ mountPoint: '/' })
    expect(await createMountTable().at('/proc')).toMatchObject({ fsType: 'proc' })
  })
})

describe('isMountPoint', () => {
  it('is decided without touching the path, which need not even exist', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'is-mount-point-'))
    try {
      await symlink(directory, join(directory, 'link'))
      const mounted = tableOf(`1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / ${directory}/dead rw - nfs server:/x rw\n`)
      expect(await isMountPoint(join(directory, 'link', 'dead'), mounted)).toBe(true)
      expect(await isMountPoint(join(directory, 'other'), mounted)).toBe(false)
      expect(await isMountPoint(join(directory, 'no', 'parent'), mounted)).toBe(false)
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
