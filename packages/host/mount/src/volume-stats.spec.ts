import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { ExecTimeoutError } from './exec.ts'
import { LinuxMounter } from './linux-mounter.ts'
import { isCorruptedMountError } from './mount-error.ts'
import { createMountTable } from './mount-table.ts'
import { type FakeCommand, FakeExec } from './testing/fake-exec.ts'
import { createMountFixture } from './testing/mount-fixture.ts'
import { volumeStats } from './volume-stats.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }
const nfs = createMountTable({
  read: async () => '1 0 8:1 / / rw - ext4 d rw\n2 1 0:9 / /nfs rw - nfs4 s:/x rw\n',
  tornReads: false,
})

function onNfs(stat: FakeCommand) {
  return volumeStats('/nfs/a', ctx, { table: nfs, exec: new FakeExec({ stat }) })
}

describe('volumeStats', () => {
  it('counts a file system of a known size', async () => {
    await using fixture = await createMountFixture(new LinuxMounter())
    const target = await fixture.directoryNamed('small')
    await fixture.mounter.mount(
      { source: 'x', target, fsType: 'tmpfs', options: ['size=1m', 'nr_inodes=100'] },
      fixture.ctx,
    )
    const stats = await volumeStats(target, ctx)
    expect(stats).toEqual({
      totalBytes: 1_048_576n,
      usedBytes: 0n,
      availableBytes: 1_048_576n,
      totalInodes: 100n,
      usedInodes: 1n,
      freeInodes: 99n,
    })
  })

  it('gets the same numbers from a child process', async () => {
    await using fixture = await createMountFixture(new LinuxMounter())
    const target = await fixture.directoryNamed('small')
    await fixture.mounter.mount(
      { source: 'x', target, fsType: 'tmpfs', options: ['size=1m', 'nr_inodes=100'] },
      fixture.ctx,
    )
    const asNfs = createMountTable({ read: async () => '1 0 8:1 / / rw - nfs d rw\n', tornReads: false })
    expect(await volumeStats(target, ctx, { table: asNfs })).toEqual(await volumeStats(target, ctx))
  })

  it('does not lose a byte of volumes beyond 8 PiB', async () => {
    const stats = await onNfs(() => ({ stdout: '1048576 9007199254740993 1 1 9007199254740993 0\n' }))
    expect(stats.totalBytes).toBe(9007199254740993n * 1048576n)
    expect(stats.usedInodes).toBe(9007199254740993n)
  })

  it('gives up on a server that does not answer', async () => {
    const silent = onNfs(() => {
      throw new ExecTimeoutError('stat did not end within 5000 ms and cannot be killed')
    })
    await expect(silent).rejects.toThrow(ExecTimeoutError)
  })

  it('tells a dead mount from a missing path', async () => {
    const dead = await onNfs(() => ({
      exitCode: 1,
      stderr: "stat: cannot read file system information for '/nfs/a': Stale file handle\n",
    })).catch((e: unknown) => e)
    const gone = await onNfs(() => ({
      exitCode: 1,
      stderr: "stat: cannot read file system information for '/nfs/a': No such file or directory\n",
    })).catch((e: unknown) => e)
    expect(isCorruptedMountError(dead)).toBe(true)
    expect(isCorruptedMountError(gone)).toBe(false)
    expect(gone).toMatchObject({ code: 'ENOENT' })
    await expect(volumeStats('/no/such/path', ctx)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('isCorruptedMountError', () => {
  it.each(['ENOTCONN', 'ESTALE', 'EIO', 'ENODEV', 'EACCES', 'EHOSTDOWN', 'EAGAIN'])(
    'knows %s, wrapped as well',
    (code) => {
      const cause = Object.assign(new Error('x'), { code })
      expect(isCorruptedMountError(cause)).toBe(true)
      expect(isCorruptedMountError(new Error('while mounting', { cause }))).toBe(true)
    },
  )

  it.each([Object.assign(new Error('x'), { code: 'ENOENT' }), new Error('x'), 'EIO', undefined])(
    'does not know %s',
    (error) => {
      expect(isCorruptedMountError(error)).toBe(false)
    },
  )
})
