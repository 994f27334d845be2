import { chmod, mkdir, readdir, readFile, rename, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureBindMount } from './bind-mount.ts'
import { LinuxMounter } from './linux-mounter.ts'
import { MountConflictError, UnsafePathError } from './mount-error.ts'
import { removeTreeBeneath } from './remove-tree.ts'
import { createMountFixture } from './testing/mount-fixture.ts'

async function setup() {
  const fixture = await createMountFixture(new LinuxMounter())
  return { ...fixture, root: await fixture.directoryNamed('root'), volume: await fixture.directoryNamed('root/volume') }
}

describe('removeTreeBeneath', () => {
  it('removes a tree and follows no link in it', async () => {
    await using fixture = await setup()
    const { root, volume, ctx, directoryNamed } = fixture
    const outside = await directoryNamed('outside')
    await writeFile(join(outside, 'data'), 'precious')
    await symlink(outside, join(volume, 'link'))
    await mkdir(join(volume, 'a', '-rf', ' '), { recursive: true })
    await chmod(join(volume, 'a'), 0o000)
    await removeTreeBeneath({}, root, 'volume', ctx)
    await removeTreeBeneath({}, root, 'volume', ctx) // gone already
    expect(await readdir(root)).toEqual([])
    expect(await readFile(join(outside, 'data'), 'utf8')).toBe('precious')
  })

  it('removes a tree that is deeper than a path may be long', async () => {
    await using fixture = await setup()
    const { root, volume, ctx } = fixture
    const name = 'd'.repeat(200)
    let path = volume
    for (let depth = 0; depth < 15; depth++) path = join(path, name)
    await mkdir(path, { recursive: true })
    // Nest the deep tree in itself by renames: 30 levels of 200 characters are beyond PATH_MAX.
    await mkdir(join(root, 'other', name), { recursive: true })
    await rename(join(root, 'other', name), join(path, 'nested'))
    await rename(volume, join(root, 'deep'))
    await mkdir(volume)
    let bottom = volume
    for (let depth = 0; depth < 15; depth++) bottom = join(bottom, name)
    await mkdir(bottom, { recursive: true })
    await rename(join(root, 'deep'), join(bottom, 'deep'))
    await removeTreeBeneath({}, root, 'volume', ctx)
    expect(await readdir(root)).toEqual(['other'])
  })

  it.each(['..', '.', '', 'a/b', '/etc'])('refuses the name %j', async (name) => {
    await using fixture = await setup()
    await expect(removeTreeBeneath({}, fixture.root, name, fixture.ctx)).rejects.toThrow(UnsafePathError)
  })

  it('removes a link itself', async () => {
    await using fixture = await setup()
    const { root, volume, ctx } = fixture
    await writeFile(join(volume, 'data'), 'precious')
    await symlink('volume', join(root, 'link'))
    await removeTreeBeneath({}, root, 'link', ctx)
    expect(await readdir(root)).toEqual(['volume'])
    expect(await readdir(volume)).toEqual(['data'])
  })

  it('keeps everything while something is mounted on or inside it', async () => {
    await using fixture = await setup()
    const { root, volume, ctx, mounter, directoryNamed } = fixture
    const other = await directoryNamed('other')
    await writeFile(join(other, 'data'), 'precious')
    await writeFile(join(volume, 'own'), '')
    const inner = await directoryNamed('root/volume/inner')
    await ensureBindMount(mounter, { source: other, target: inner, readonly: false }, ctx)
    await expect(removeTreeBeneath({}, root, 'volume', ctx)).rejects.toThrow(MountConflictError)
    expect(await readdir(other)).toEqual(['data'])
    expect(await readdir(volume)).toEqual(['inner', 'own'])
  })
})
