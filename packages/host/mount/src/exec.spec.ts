import { FakeClock } from '@csi-ts/concurrency/testing'
import { describe, expect, it } from 'vitest'
import { createExec, ExecStartError, ExecTimeoutError } from './exec.ts'

const ctx = { signal: new AbortController().signal }
const node = process.execPath

describe('createExec', () => {
  it('passes arguments as they are: there is no shell', async () => {
    const hostile = ['$(touch x)', '; rm -rf /', '*', '"quoted"', "it's", '']
    const program = 'process.stdout.write(JSON.stringify(process.argv.slice(1)))'
    const result = await createExec().run(node, ['-e', program, '--', ...hostile], { timeoutMs: 10_000 }, ctx)
    expect(result).toMatchObject({ exitCode: 0, stderr: '', truncated: false })
    expect(JSON.parse(result.stdout)).toEqual(hostile)
  })

  it('returns the exit code and both streams of a command that fails', async () => {
    const program = 'console.log("out"); console.error("err"); process.exit(32)'
    const result = await createExec().run(node, ['-e', program], { timeoutMs: 10_000 }, ctx)
    expect(result).toMatchObject({ exitCode: 32, stdout: 'out\n', stderr: 'err\n' })
  })

  it('says which signal ended it', async () => {
    const result = await createExec().run(
      node,
      ['-e', 'process.kill(process.pid, "SIGTERM"); setInterval(() => {}, 1000)'],
      { timeoutMs: 10_000 },
      ctx,
    )
    expect(result).toMatchObject({ exitCode: undefined, signal: 'SIGTERM' })
  })

  it('keeps no more output than asked and still lets the command end', async () => {
    const program = 'process.stdout.write("x".repeat(1_000_000))'
    const result = await createExec().run(node, ['-e', program], { timeoutMs: 10_000, maxOutputBytes: 1_000 }, ctx)
    expect(result.stdout).toBe('x'.repeat(1_000))
    expect(result).toMatchObject({ exitCode: 0, truncated: true })
  })

  it("gives commands a fixed environment, not this process's", async () => {
    const program = 'process.stdout.write(JSON.stringify(process.env))'
    const result = await createExec({ env: { PATH: '/usr/bin', LC_ALL: 'C' } }).run(
      node,
      ['-e', program],
      { timeoutMs: 10_000 },
      ctx,
    )
    expect(Object.keys(JSON.parse(result.stdout))).toEqual(expect.arrayContaining(['PATH', 'LC_ALL']))
    expect(JSON.parse(result.stdout)).not.toHaveProperty('HOME')
  })

  it('reports a program that is not there', async () => {
    const run = createExec().run('no-such-program', [], { timeoutMs: 1_000 }, ctx)
    await expect(run).rejects.toThrow(ExecStartError)
  })

  it('does not wait for a helper that the command left behind with its output open', async () => {
    const program = `
      const { spawn } = require('node:child_process')
      const helper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'inherit', detached: true })
      helper.unref()
      process.stdout.write(String(helper.pid))`
    const result = await createExec().run(node, ['-e', program], { timeoutMs: 10_000 }, ctx)
    const helper = Number(result.stdout)
    expect(process.kill(helper, 0)).toBe(true) // it still runs
    process.kill(helper, 'SIGKILL')
    expect(result.exitCode).toBe(0)
  })

  it('kills a command at its timeout', async () => {
    const clock = new FakeClock()
    const run = createExec({ clock }).run(node, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 5_000 }, ctx)
    const outcome = run.catch((error: unknown) => error)
    await clock.advance(5_000)
    expect(await outcome).toMatchObject({ name: 'ExecTimeoutError', hung: undefined })
  })

  it('kills a command when the caller gives up, and throws the reason', async () => {
    const controller = new AbortController()
    const run = createExec().run(node, ['-e', 'setInterval(() => {}, 1000)'], { timeoutMs: 60_000 }, controller)
    controller.abort(new Error('caller left'))
    await expect(run).rejects.toThrow('caller left')
  })

  it('gives up on a command that cannot be killed and says when it is gone at last', async () => {
    // A signal that ends nothing stands for a child in uninterruptible sleep.
    const clock = new FakeClock()
    const exec = createExec({ clock, killSignal: 'SIGCONT', killGraceMs: 1_000 })
    const run = exec.run(node, ['-e', 'setTimeout(() => {}, 1500)'], { timeoutMs: 100 }, ctx)
    const outcome = run.then(
      () => undefined,
      (error: unknown) => error,
    )
    await clock.advance(100)
    await clock.advance(1_000)
    const error = await outcome
    expect(error).toBeInstanceOf(ExecTimeoutError)
    const { hung } = error as ExecTimeoutError
    expect(hung).toBeInstanceOf(Promise)
    await hung
  })
})
