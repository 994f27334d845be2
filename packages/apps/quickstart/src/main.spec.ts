import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHostpathDriver } from '@csi-ts/driver-hostpath/driver'
import { serveCsi } from '@csi-ts/driver-sdk'
import { createMockDriver } from '@csi-ts/mock-driver'
import { type RunningProgram, runProgram } from '@csi-ts/process/testing'
import { silentLogger } from '@csi-ts/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const steps = [
  'cluster',
  'driver',
  'sidecars',
  'driver-registered',
  'storage-class',
  'claim-created',
  'create-volume',
  'volume-bound',
  'pod-scheduled',
  'node-publish-volume',
  'bytes-written',
  'bytes-read',
  'pod-deleted',
  'unmounted',
  'claim-deleted',
  'delete-volume',
  'left',
]

/** A temporary folder of its own for each run: what is left in it, or mounted below it, was left behind. */
let scratch: string
beforeEach(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'quickstart-spec-'))
})
afterEach(async () => {
  await rm(scratch, { recursive: true })
})

function quickstart(...args: string[]): RunningProgram {
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: scratch }
  return runProgram(new URL('main.ts', import.meta.url), args, { env })
}

async function nothingIsLeft(): Promise<void> {
  expect(await readdir(scratch)).toEqual([])
  expect(await readFile('/proc/self/mountinfo', 'utf8')).not.toContain(scratch)
}

function jsonSteps(program: RunningProgram): { step: string; ok: boolean; detail: string }[] {
  return program
    .stdout()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

describe('quickstart', () => {
  it('shows every step, ends with ok, and leaves nothing', async () => {
    await using program = quickstart()
    expect(await program.ended).toEqual({ code: 0, signal: null })
    const lines = program.stdout().trimEnd().split('\n')
    expect(lines.filter((line) => line.startsWith('  ✓ '))).toHaveLength(steps.length)
    expect(lines.at(-2)).toContain('0 objects, 0 volumes, 0 mounts')
    expect(lines.at(-1)).toBe('quickstart: ok')
    expect(program.stdout()).not.toContain('\u001B') // no colours in a pipe
    expect(program.stderr()).toBe('')
    await nothingIsLeft()
  })

  it('prints one JSON object per step with --json', async () => {
    await using program = quickstart('--json')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    const results = jsonSteps(program)
    expect(results.map(({ step }) => step)).toEqual(steps)
    expect(results.every(({ ok }) => ok)).toBe(true)
    await nothingIsLeft()
  })

  it("prints the components' logs with --verbose, on stderr", async () => {
    await using program = quickstart('--verbose')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stderr()).toContain('/csi.v1.Controller/CreateVolume')
    expect(program.stdout().trimEnd().split('\n').at(-1)).toBe('quickstart: ok')
  })

  it('keeps everything running with --keep, says how to look at it, and goes back on SIGINT', async () => {
    await using program = quickstart('--keep')
    const kubeconfig = group(await program.printed(/export KUBECONFIG=(\S+)/))
    expect(await readFile(kubeconfig, 'utf8')).toContain('current-context')
    const written = group(await program.printed(/cat (\S+\/hello)/))
    expect(await readFile(written, 'utf8')).toBe('hello from the pod\n')
    const health = group(await program.printed(/curl (\S+)/))
    expect((await fetch(health)).status).toBe(200)
    program.kill('SIGINT')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stdout()).toContain('0 objects, 0 volumes, 0 mounts')
    await nothingIsLeft()
  })

  it('takes down what it has started when it is interrupted', async () => {
    await using program = quickstart('--json')
    await program.printed('"step":"driver"')
    program.kill('SIGTERM')
    expect((await program.ended).code).toBe(1)
    expect(program.stderr()).toContain('interrupted')
    await nothingIsLeft()
  })
})

describe('quickstart --driver-endpoint', () => {
  it('takes a driver that is already running through the same steps', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quickstart-driver-'))
    const driver = await createHostpathDriver(
      { log: silentLogger },
      { nodeId: 'elsewhere', stateDir: join(folder, 'state'), driverName: 'my.driver.example', enableTopology: false },
    )
    const endpoint = `unix://${join(folder, 'csi.sock')}`
    const serving = await serveCsi(driver, { endpoint, log: silentLogger, signal: new AbortController().signal })
    try {
      await using program = quickstart('--json', `--driver-endpoint=${endpoint}`)
      expect(await program.ended).toEqual({ code: 0, signal: null })
      const results = jsonSteps(program)
      expect(results.map(({ step }) => step)).toEqual(steps)
      expect(results[3]?.detail).toContain('my.driver.example')
      await nothingIsLeft()
    } finally {
      await serving.close()
      await rm(folder, { recursive: true })
    }
  })

  it('names the step that a driver fails, exits with 1, and leaves nothing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quickstart-driver-'))
    const mock = createMockDriver({ name: 'mock.example' })
    const endpoint = `unix://${join(folder, 'csi.sock')}`
    const serving = await serveCsi(mock.driver, { endpoint, log: silentLogger, signal: new AbortController().signal })
    try {
      await using program = quickstart(`--driver-endpoint=${endpoint}`)
      expect((await program.ended).code).toBe(1)
      expect(program.stderr()).toMatch(/^quickstart: step (driver|node-publish-volume) failed\n$/)
      await nothingIsLeft()
    } finally {
      await serving.close()
      await rm(folder, { recursive: true })
    }
  })

  it('says in one line that nobody listens there', async () => {
    await using program = quickstart('--driver-endpoint=unix:///nonexistent/csi.sock')
    expect((await program.ended).code).toBe(1)
    expect(program.stdout()).toContain('no connection to /nonexistent/csi.sock: no such file or directory')
    expect(program.stderr()).toBe('quickstart: step driver failed\n')
    await nothingIsLeft()
  })
})

it('refuses an unknown flag in one line and says where help is', async () => {
  await using program = quickstart('--driver')
  expect((await program.ended).code).toBe(2)
  expect(program.stderr()).toBe('flag provided but not defined: -driver\nRun "quickstart --help" for the flags.\n')
})

function group(match: RegExpMatchArray): string {
  return match[1] ?? ''
}
