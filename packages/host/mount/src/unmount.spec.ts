import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureBindMount } from './bind-mount.ts'
import { LinuxMounter } from './linux-mounter.ts'
import { MountConflictError, MountError, UnsafePathError } from './mount-error.ts'
import { isMountOf } from './mount-table.ts'
import { FakeMounter } from './testing/fake-mounter.ts'
import { createBindFixture } from './testing/mount-fixture.ts'
import { cleanupMountTarget, ensureUnmounted } from './unmount.ts'

describe.each([
  { name: 'FakeMounter', create: () => new FakeMounter() },
  { name: 'LinuxMounter', create: () => new LinuxMounter() },
])('ensureUnmounted on $name', ({ create }) => {
  it('takes off every one of several stacked mounts', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    for (const _ of [1, 2, 3]) await mounter.mount({ source, target, options: ['bind'] }, ctx)
    expect(await ensureUnmounted(mounter, target, ctx)).toBe(3)
    expect(await mounter.table.at(target)).toBeUndefined()
  })

  it('has nothing to do where nothing is mounted, exists, or has a parent', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, target, directory } = fixture
    for (const path of [target, join(directory, 'gone'), join(directory, 'no', 'parent')]) {
      expect(await ensureUnmounted(mounter, path, ctx)).toBe(0)
    }
  })

  it('stops at its bound and says so', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    for (const _ of [1, 2, 3]) await mounter.mount({ source, target, options: ['bind'] }, ctx)
    const bounded = ensureUnmounted(mounter, target, ctx, { maxLayers: 2 })
    await expect(bounded).rejects.toThrow(`${target} is still a mount point after 2 unmounts`)
  })

  it('leaves a mount that is not ours', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directoryNamed } = fixture
    const foreign = await directoryNamed('foreign')
    await mounter.mount({ source: foreign, target, options: ['bind'] }, ctx)
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    const origin = await mounter.table.locate(source)
    const options = { isOurs: (entry: Parameters<typeof isMountOf>[0]) => isMountOf(entry, origin) }
    await expect(ensureUnmounted(mounter, target, ctx, options)).rejects.toThrow(MountConflictError)
    expect(await mounter.table.at(target)).toMatchObject(await mounter.table.locate(foreign))
  })

  it('cleans up the directory as well, and again without complaint', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directory } = fixture
    await ensureBindMount(mounter, { source, target, readonly: true }, ctx)
    await cleanupMountTarget(mounter, target, ctx)
    await cleanupMountTarget(mounter, target, ctx)
    expect(await readdir(directory)).toEqual(['source'])
  })
})

describe('cleanupMountTarget', () => {
  it('never deletes data when the unmount fails', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createBindFixture(mounter)
    const { ctx, source, target } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    await writeFile(join(target, 'data'), 'precious')
    mounter.failNext('unmount', new MountError('target is busy'))
    await expect(cleanupMountTarget(mounter, target, ctx)).rejects.toThrow('target is busy')
    expect(await readFile(join(target, 'data'), 'utf8')).toBe('precious')
  })

  it('keeps a directory that has entries of its own', async () => {
    await using fixture = await createBindFixture(new LinuxMounter())
    const { mounter, ctx, source, target } = fixture
    await mkdir(join(target, 'own'))
    await ensureBindMount(mounter, { source, target, readonly: false }, ctx)
    await writeFile(join(source, 'data'), 'precious')
    await expect(cleanupMountTarget(mounter, target, ctx)).rejects.toThrow(UnsafePathError)
    expect(await readdir(target)).toEqual(['own'])
    expect(await readFile(join(source, 'data'), 'utf8')).toBe('precious')
  })
})
