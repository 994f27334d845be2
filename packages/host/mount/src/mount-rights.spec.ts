import { once } from 'node:events'
import { watch } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LinuxMounter } from './linux-mounter.ts'
import { MountError } from './mount-error.ts'
import { canMount, inUserNamespaceVariable, NoMountRightsError, reexecInUserNamespace } from './mount-rights.ts'
import { createMountTable } from './mount-table.ts'
import { FakeMounter } from './testing/fake-mounter.ts'

const env = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
const self = join(import.meta.dirname, 'index.ts')
const script = (body: string): string[] => [
  process.execPath,
  '--conditions=@csi-ts/source',
  '--input-type=module',
  '-e',
  `import * as mount from ${JSON.stringify(self)}\n${body}`,
]

describe('canMount', () => {
  it('says yes where a bind mount works and leaves none behind', async () => {
    const before = await createMountTable().list()
    expect(await canMount(new LinuxMounter())).toEqual({ allowed: true })
    expect(await createMountTable().list()).toEqual(before)
  })

  it('says why not', async () => {
    const mounter = new FakeMounter()
    mounter.failNext('mount', new MountError('mount: permission denied'))
    expect(await canMount(mounter)).toEqual({ allowed: false, reason: 'mount: permission denied' })
  })
})

describe('reexecInUserNamespace', () => {
  it('runs a program that may mount, read-only over locked flags as well, and hands out its exit code', async () => {
    // Mounts inherited by a user namespace are locked: a remount that drops one of their flags fails with EPERM.
    const argv = script(`
      import { mkdtempSync, rmdirSync } from 'node:fs'
      const ctx = { signal: new AbortController().signal, log: (await import('@csi-ts/telemetry')).silentLogger }
      const rights = await mount.canMount()
      const mounter = new mount.LinuxMounter()
      const target = mkdtempSync('/tmp/reexec-')
      await mount.ensureBindMount(mounter, { source: '/dev/shm', target, readonly: true }, ctx)
      const options = (await mounter.table.at(target)).options
      await mount.cleanupMountTarget(mounter, target, ctx)
      process.exit(rights.allowed && options.includes('ro') && process.getuid() === 0 ? 42 : 1)`)
    expect(await reexecInUserNamespace({ argv, env })).toBe(42)
  })

  it('keeps its mounts to itself', async () => {
    const before = await createMountTable().list()
    expect(await reexecInUserNamespace({ argv: ['mount', '-t', 'tmpfs', 'x', '/mnt'], env })).toBe(0)
    expect(await createMountTable().list()).toEqual(before)
  })

  it('fails in one line inside such a namespace, rather than trying again for ever', async () => {
    const again = reexecInUserNamespace({ argv: ['true'], env: { ...env, [inUserNamespaceVariable]: '1' } })
    await expect(again).rejects.toThrow(NoMountRightsError)
    await expect(again).rejects.not.toThrow(/\n/)
  })

  it('fails in one line where namespaces are forbidden', async () => {
    const nowhere = reexecInUserNamespace({ argv: ['true'], env: { PATH: '/nonexistent' } })
    await expect(nowhere).rejects.toThrow(/mounting is forbidden here, and so are user namespaces: run as root/)
  })

  it('ends the program when asked', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'reexec-'))
    const controller = new AbortController()
    try {
      const started = once(watch(directory), 'change')
      const argv = ['sh', '-c', 'touch "$0/started" && exec sleep 60', directory]
      const run = reexecInUserNamespace({ argv, env, signal: controller.signal })
      await started
      controller.abort()
      expect(await run).toBe(143)
    } finally {
      await rm(directory, { recursive: true })
    }
  })

  it('starts nothing for a caller that has left', async () => {
    const signal = AbortSignal.abort(new Error('caller left'))
    await expect(reexecInUserNamespace({ argv: ['true'], env, signal })).rejects.toThrow('caller left')
  })
})
