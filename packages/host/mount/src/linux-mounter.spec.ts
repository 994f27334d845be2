import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { describe, expect, it } from 'vitest'
import { ExecTimeoutError } from './exec.ts'
import { LinuxMounter, type LinuxMounterOptions } from './linux-mounter.ts'
import { MountError, MountHungError, MountTimeoutError } from './mount-error.ts'
import { createMountTable } from './mount-table.ts'
import { type FakeCommand, FakeExec } from './testing/fake-exec.ts'

const root = '1 0 8:1 / / rw - ext4 d rw\n'
const mounted = `${root}2 1 0:9 / /mnt rw - nfs server:/x rw\n`

const hang: FakeCommand = () => {
  throw new ExecTimeoutError('umount did not end within 10000 ms and was killed')
}

function setup(commands: Readonly<Record<string, FakeCommand>>, options: LinuxMounterOptions = {}) {
  const host = { table: mounted }
  const table = createMountTable({ read: async () => host.table, tornReads: false })
  const mounter = new LinuxMounter({ exec: new FakeExec(commands), table, ...options })
  const recorder = createLogRecorder()
  return { host, mounter, recorder, ctx: { signal: new AbortController().signal, log: recorder.log } }
}

describe('LinuxMounter.mount', () => {
  it('passes one argument per value, with the paths behind --', async () => {
    const seen: (readonly string[])[] = []
    const { mounter, ctx } = setup({
      mount: (args) => {
        seen.push(args)
        return {}
      },
    })
    await mounter.mount({ source: 'server:/x', target: '/mnt/a b', fsType: 'nfs', options: ['vers=4.1', 'ro'] }, ctx)
    expect(seen).toEqual([['--no-canonicalize', '-t', 'nfs', '-o', 'vers=4.1,ro', '--', 'server:/x', '/mnt/a b']])
  })

  it('uses sensitive options and shows them nowhere, not even when the helper prints them', async () => {
    const secret = 'hunter2'
    const { mounter, ctx, recorder } = setup({
      mount: (args) => {
        expect(args).toContain('vers=3,password=hunter2')
        return { exitCode: 32, stderr: `mount error: bad option password=${secret}, ${secret}` }
      },
    })
    const failed = mounter.mount(
      {
        source: '//s/x',
        target: '/mnt',
        fsType: 'cifs',
        options: ['vers=3'],
        sensitiveOptions: [`password=${secret}`],
      },
      ctx,
    )
    await expect(failed).rejects.toThrow(/exit code 32: mount error: bad option \*\*\*, \*\*\*/)
    await expect(failed).rejects.not.toThrow(secret)
    expect(JSON.stringify(recorder.lines)).not.toContain(secret)
  })

  it('does not show a sensitive option that is refused', async () => {
    const { mounter, ctx } = setup({})
    const refused = mounter.mount({ source: 's', target: '/mnt', sensitiveOptions: ['pass\nword'] }, ctx)
    await expect(refused).rejects.toThrow('sensitive mount option must not contain NUL or line breaks: ***')
  })

  it('runs one operation per target at a time', async () => {
    const gate = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    const { mounter, ctx } = setup({
      mount: async () => {
        most = Math.max(most, ++running)
        await gate.promise
        running--
        return {}
      },
    })
    const calls = [1, 2, 3].map(() => mounter.mount({ source: 's', target: '/mnt' }, ctx))
    gate.resolve()
    await Promise.all(calls)
    expect(most).toBe(1)
  })
})

describe('LinuxMounter.unmount', () => {
  it('believes the table, not exit code 32', async () => {
    const { mounter, ctx, host } = setup({
      umount: () => {
        host.table = root
        return { exitCode: 32, stderr: 'umount: /mnt: not mounted.' }
      },
    })
    await mounter.unmount('/mnt', ctx)
    expect(await mounter.table.at('/mnt')).toBeUndefined()
  })

  it('does not believe exit code 0 while the mount is still there', async () => {
    const { mounter, ctx } = setup({ umount: () => ({ exitCode: 0 }) })
    await expect(mounter.unmount('/mnt', ctx)).rejects.toThrow(MountError)
  })

  it('reports a busy target with the output of umount', async () => {
    const { mounter, ctx } = setup({ umount: () => ({ exitCode: 32, stderr: 'umount: /mnt: target is busy.' }) })
    await expect(mounter.unmount('/mnt', ctx)).rejects.toThrow(
      'umount --no-canonicalize -- /mnt: exit code 32: umount: /mnt: target is busy.',
    )
  })

  it('forces after a timeout, with a timeout again, and never goes lazy unasked', async () => {
    const tried: string[] = []
    const { mounter, ctx } = setup({
      umount: (args, options) => {
        tried.push(`${args[0]} ${options.timeoutMs}`)
        return hang(args, options)
      },
    })
    await expect(mounter.unmount('/mnt', ctx)).rejects.toThrow(MountTimeoutError)
    expect(tried).toEqual(['--no-canonicalize 10000', '-f 10000'])
  })

  it('detaches lazily where the policy allows it', async () => {
    const { mounter, ctx, host } = setup(
      {
        umount: (args, options) => {
          if (args[0] !== '-l') return hang(args, options)
          host.table = root
          return {}
        },
      },
      { lazyUnmount: true },
    )
    await mounter.unmount('/mnt', ctx)
    expect(await mounter.table.at('/mnt')).toBeUndefined()
  })

  it('starts no more commands for a target on which earlier ones hang, until one of them ends', async () => {
    const children = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    let started = 0
    const { mounter, ctx, host } = setup({
      umount: () => {
        const child = children[started++]
        if (child !== undefined) throw new ExecTimeoutError('cannot be killed', child.promise)
        host.table = root
        return {}
      },
    })
    await expect(mounter.unmount('/mnt', ctx)).rejects.toThrow(MountTimeoutError)
    expect(started).toBe(2)
    await expect(mounter.unmount('/mnt', ctx)).rejects.toThrow(MountHungError)
    expect(started).toBe(2)
    children[0]?.resolve()
    await children[0]?.promise
    await mounter.unmount('/mnt', ctx)
    expect(started).toBe(3)
  })
})
