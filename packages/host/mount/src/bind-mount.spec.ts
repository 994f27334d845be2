import { access, mkdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ensureBindMount } from './bind-mount.ts'
import { LinuxMounter } from './linux-mounter.ts'
import { MountConflictError, MountError } from './mount-error.ts'
import { FakeMounter } from './testing/fake-mounter.ts'
import { createBindFixture } from './testing/mount-fixture.ts'

describe.each([
  { name: 'FakeMounter', create: () => new FakeMounter() },
  { name: 'LinuxMounter', create: () => new LinuxMounter() },
])('ensureBindMount on $name', ({ create }) => {
  it('mounts once and finds it done afterwards', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    expect(await ensureBindMount(mounter, { source, target, readonly: false }, ctx)).toBe('mounted')
    expect(await ensureBindMount(mounter, { source, target, readonly: false }, ctx)).toBe('unchanged')
    expect(await mounter.table.stackAt(target)).toHaveLength(1)
  })

  it('mounts read-only with further options and verifies them in the table', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    const request = { source, target, readonly: true, options: ['nosuid,nodev', 'vers=4', 'rw'] }
    expect(await ensureBindMount(mounter, request, ctx)).toBe('mounted')
    expect((await mounter.table.at(target))?.options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev']))
    expect(await ensureBindMount(mounter, request, ctx)).toBe('unchanged')
  })

  it('repairs the writable mount that a crash before the remount left', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    expect(await ensureBindMount(mounter, { source, target, readonly: true }, ctx)).toBe('repaired')
    expect((await mounter.table.at(target))?.options).toContain('ro')
  })

  it('refuses a target where another directory is mounted', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directoryNamed } = fixture
    await ensureBindMount(mounter, { source: await directoryNamed('other'), target, readonly: false }, ctx)
    await expect(ensureBindMount(mounter, { source, target, readonly: false }, ctx)).rejects.toThrow(MountConflictError)
    expect(await mounter.table.stackAt(target)).toHaveLength(1)
  })

  it('refuses to make a read-only mount writable', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target } = fixture
    await ensureBindMount(mounter, { source, target, readonly: true }, ctx)
    await expect(ensureBindMount(mounter, { source, target, readonly: false }, ctx)).rejects.toThrow(MountConflictError)
  })

  it('keeps the flags of the mount that the source lies in', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directoryNamed } = fixture
    const strict = await directoryNamed('strict')
    await ensureBindMount(mounter, { source, target: strict, readonly: false, options: ['nosuid', 'nodev'] }, ctx)
    await ensureBindMount(mounter, { source: strict, target, readonly: true }, ctx)
    expect((await mounter.table.at(target))?.options).toEqual(expect.arrayContaining(['ro', 'nosuid', 'nodev']))
  })

  it('accepts that a bind mount out of a read-only mount is read-only', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directoryNamed } = fixture
    const frozen = await directoryNamed('frozen')
    await ensureBindMount(mounter, { source, target: frozen, readonly: true }, ctx)
    await ensureBindMount(mounter, { source: frozen, target, readonly: false }, ctx)
    expect(await ensureBindMount(mounter, { source: frozen, target, readonly: false }, ctx)).toBe('unchanged')
  })

  it('follows links in the source and above the target', async () => {
    await using fixture = await createBindFixture(create())
    const { mounter, ctx, source, target, directory } = fixture
    await symlink('source', join(directory, 'source-link'))
    await symlink('.', join(directory, 'here'))
    const request = {
      source: join(directory, 'source-link'),
      target: join(directory, 'here', 'target'),
      readonly: false,
    }
    expect(await ensureBindMount(mounter, request, ctx)).toBe('mounted')
    expect(await mounter.table.at(target)).toMatchObject(await mounter.table.locate(source))
  })
})

describe('ensureBindMount', () => {
  it('leaves no writable mount behind when the remount fails', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createBindFixture(mounter)
    const { ctx, source, target } = fixture
    mounter.failNext('remount', new MountError('permission denied'))
    await expect(ensureBindMount(mounter, { source, target, readonly: true }, ctx)).rejects.toThrow('permission denied')
    expect(await mounter.table.at(target)).toBeUndefined()
  })

  it('repairs on the next call what it could not take off', async () => {
    const mounter = new FakeMounter()
    await using fixture = await createBindFixture(mounter)
    const { ctx, source, target } = fixture
    mounter.failNext('remount', new MountError('permission denied'))
    mounter.failNext('unmount', new MountError('target is busy'))
    await expect(ensureBindMount(mounter, { source, target, readonly: true }, ctx)).rejects.toThrow('permission denied')
    expect((await mounter.table.at(target))?.options).toContain('rw')
    expect(await ensureBindMount(mounter, { source, target, readonly: true }, ctx)).toBe('repaired')
  })

  it('shows the same files, and refuses writes through a read-only mount', async () => {
    await using fixture = await createBindFixture(new LinuxMounter())
    const { mounter, ctx, source, target } = fixture
    await writeFile(join(source, 'file'), 'content')
    await ensureBindMount(mounter, { source, target, readonly: true }, ctx)
    expect(await readFile(join(target, 'file'), 'utf8')).toBe('content')
    await expect(writeFile(join(target, 'file'), 'changed')).rejects.toMatchObject({ code: 'EROFS' })
    await mkdir(join(source, 'still-writable-here'))
    await access(join(target, 'still-writable-here'))
  })
})
