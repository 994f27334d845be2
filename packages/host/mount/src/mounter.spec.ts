import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { LinuxMounter } from './linux-mounter.ts'
import { MountError, NotMountedError, UnsafeArgumentError } from './mount-error.ts'
import { canMount } from './mount-rights.ts'
import { FakeMounter } from './testing/fake-mounter.ts'
import { createMountFixture, type MountFixture } from './testing/mount-fixture.ts'

/** One contract, two mounters: what the fake says about the kernel, the kernel says too. */
describe.each([
  { name: 'FakeMounter', create: () => new FakeMounter() },
  { name: 'LinuxMounter', create: () => new LinuxMounter() },
])('$name as a Mounter', ({ create }) => {
  beforeAll(async () => {
    const rights = await canMount(create())
    if (!rights.allowed) throw new Error(`these tests need the right to mount: ${rights.reason}`)
  })

  async function setup(): Promise<MountFixture & { source: string; target: string }> {
    const fixture = await createMountFixture(create())
    return {
      ...fixture,
      source: await fixture.directoryNamed('source'),
      target: await fixture.directoryNamed('target'),
    }
  }

  it('binds a directory, which then shows the device and root of its source', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    const entry = await mounter.table.at(target)
    expect(entry).toMatchObject({ mountPoint: target, ...(await mounter.table.locate(source)) })
    expect(entry?.options[0]).toBe('rw')
    expect((await mounter.table.refs(source)).map(({ mountPoint }) => mountPoint)).toEqual([target])
  })

  it('does not make a bind read-only in one step, but by a remount', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    await mounter.mount({ source, target, options: ['remount', 'bind', 'ro', 'nosuid'] }, ctx)
    expect((await mounter.table.at(target))?.options).toEqual(expect.arrayContaining(['ro', 'nosuid']))
  })

  it('a remount replaces the flags that it does not name', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    await mounter.mount({ source, target, options: ['remount', 'bind', 'ro', 'nodev'] }, ctx)
    await mounter.mount({ source, target, options: ['remount', 'bind', 'rw', 'noexec'] }, ctx)
    const options = (await mounter.table.at(target))?.options
    expect(options).toEqual(expect.arrayContaining(['rw', 'noexec']))
    expect(options).not.toEqual(expect.arrayContaining(['nodev']))
  })

  it('stacks mounts and takes them off one by one, topmost first', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target, directoryNamed } = fixture
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    const second = await directoryNamed('second')
    await mounter.mount({ source: second, target, options: ['bind'] }, ctx)
    expect(await mounter.table.stackAt(target)).toHaveLength(2)
    await mounter.unmount(target, ctx)
    expect(await mounter.table.at(target)).toMatchObject(await mounter.table.locate(source))
    await mounter.unmount(target, ctx)
    expect(await mounter.table.at(target)).toBeUndefined()
  })

  it('mounts a file system of a type', async () => {
    await using fixture = await setup()
    const { mounter, ctx, target } = fixture
    await mounter.mount({ source: 'scratch', target, fsType: 'tmpfs', options: ['noexec', 'relatime'] }, ctx)
    expect(await mounter.table.at(target)).toMatchObject({ fsType: 'tmpfs', source: 'scratch', root: '/' })
    expect((await mounter.table.at(target))?.options).toEqual(expect.arrayContaining(['rw', 'noexec']))
  })

  it('handles paths with spaces, quotes, backslashes and leading dashes in a name', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, directory } = fixture
    const target = join(directory, '-o ro "x" \\ #\t$(id)')
    await mkdir(target)
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    expect(await mounter.table.at(target)).toMatchObject({ mountPoint: target })
    await mounter.unmount(target, ctx)
    expect(await mounter.table.at(target)).toBeUndefined()
  })

  it('binds a file onto a file', async () => {
    await using fixture = await setup()
    const { mounter, ctx, directory } = fixture
    const [from, to] = [join(directory, 'from'), join(directory, 'to')]
    await writeFile(from, '')
    await writeFile(to, '')
    await mounter.mount({ source: from, target: to, options: ['bind'] }, ctx)
    expect(await mounter.table.at(to)).toMatchObject(await mounter.table.locate(from))
  })

  it('refuses to unmount what is not mounted', async () => {
    await using fixture = await setup()
    await expect(fixture.mounter.unmount(fixture.target, fixture.ctx)).rejects.toThrow(NotMountedError)
  })

  it('fails without a source or a target and mounts nothing', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target, directory } = fixture
    const missing = join(directory, 'missing')
    await expect(mounter.mount({ source: missing, target, options: ['bind'] }, ctx)).rejects.toThrow(MountError)
    await expect(mounter.mount({ source, target: missing, options: ['bind'] }, ctx)).rejects.toThrow(MountError)
    expect(await mounter.table.beneath(directory)).toEqual([])
  })

  it('refuses to unmount a mount that has another below it', async () => {
    await using fixture = await setup()
    const { mounter, ctx, source, target } = fixture
    await mkdir(join(source, 'inner'))
    await mkdir(join(target, 'inner'))
    await mounter.mount({ source, target, options: ['bind'] }, ctx)
    await mounter.mount({ source: target, target: join(target, 'inner'), options: ['bind'] }, ctx)
    await expect(mounter.unmount(target, ctx)).rejects.toThrow(/busy/)
    expect(await mounter.table.at(target)).toBeDefined()
  })

  it.each([
    ['a source with a leading dash', { source: '-o', target: '/mnt', options: ['bind'] }],
    ['a source with a newline', { source: '/a\nb', target: '/mnt', options: ['bind'] }],
    ['a relative target', { source: '/a', target: 'mnt', options: ['bind'] }],
    ['a target with ..', { source: '/a', target: '/mnt/../etc', options: ['bind'] }],
    ['an option with a newline', { source: '/a', target: '/mnt', options: ['ro\nrw'] }],
    ['an option with NUL', { source: '/a', target: '/mnt', options: ['ro\0'] }],
    ['an option with a leading dash', { source: '/a', target: '/mnt', options: ['--bind'] }],
  ])('refuses %s', async (_, request) => {
    await using fixture = await setup()
    await expect(fixture.mounter.mount(request, fixture.ctx)).rejects.toThrow(UnsafeArgumentError)
  })

  it('does nothing for a caller that has left', async () => {
    await using fixture = await setup()
    const { mounter, source, target, ctx } = fixture
    const gone = { ...ctx, signal: AbortSignal.abort(new Error('caller left')) }
    await expect(mounter.mount({ source, target, options: ['bind'] }, gone)).rejects.toThrow('caller left')
    expect(await mounter.table.at(target)).toBeUndefined()
  })
})
