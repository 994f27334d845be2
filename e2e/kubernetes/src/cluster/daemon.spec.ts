import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDaemon, tailOf } from './daemon.ts'
import { createProcesses } from './processes.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'daemon-'))
})
afterEach(() => rm(folder, { recursive: true }))

const node = (name: string, script: string) => ({ name, command: process.execPath, args: ['-e', script] })

describe('startDaemon', () => {
  it('collects what the process writes; a second run goes on in the file and shows its own part', async () => {
    const spec = { ...node('x', 'console.log("out"); console.error("err")'), env: {}, logFile: join(folder, 'x.log') }
    const first = await startDaemon(spec)
    expect(await first.exited).toEqual({ code: 0, signal: null })
    const second = await startDaemon({ ...spec, args: ['-e', 'console.log("again")'] })
    await second.exited
    expect([first.output(), second.output()]).toEqual(['out\nerr\nagain\n', 'again\n'])
  })

  it('rejects when there is no such program', async () => {
    await expect(
      startDaemon({ name: 'x', command: '/no/such', args: [], env: {}, logFile: join(folder, 'x.log') }),
    ).rejects.toThrow('ENOENT')
  })

  it('kills a process that does not heed the signal', async () => {
    const daemon = await startDaemon({
      ...node('x', 'process.on("SIGTERM", () => {}); console.log("up"); setInterval(() => {}, 1e6)'),
      env: {},
      logFile: join(folder, 'x.log'),
    })
    await expect.poll(() => daemon.output()).toBe('up\n')
    await daemon.stop('SIGTERM', 50)
    expect(daemon.status()).toEqual({ code: null, signal: 'SIGKILL' })
  })
})

describe('createProcesses', () => {
  it('reports a service that ends by itself, with its last words', async () => {
    const processes = createProcesses({ logFolder: folder, env: {} })
    await processes.startService(node('kube-x', 'console.error("no such flag"); process.exit(3)'))
    await new Promise((resolve) => processes.broken.addEventListener('abort', resolve))
    expect((processes.broken.reason as Error).message).toBe('kube-x exited with code 3\nno such flag')
  })

  it('ends everything, and does not call that broken', async () => {
    const processes = createProcesses({ logFolder: folder, env: {} })
    const service = await processes.startService(node('a', 'setInterval(() => {}, 1e6)'))
    const component = await processes.start(node('b', 'setInterval(() => {}, 1e6)'))
    await processes.stopAll()
    expect([service.status()?.signal, component.status()?.signal]).toEqual(['SIGTERM', 'SIGTERM'])
    expect(processes.broken.aborted).toBe(false)
  })
})

describe('tailOf', () => {
  it('keeps the last lines', () => {
    expect(tailOf('a\nb\nc\n', 2)).toBe('b\nc')
  })
})
