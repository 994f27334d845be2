import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDriver, type DriverConnection } from '@csi-ts/csi-client'
import { Code } from '@csi-ts/csi-rpc'
import { silentLogger } from '@csi-ts/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectMockControl } from './control-client.ts'
import { volumeRequest } from './testing/volume-request.ts'

let directory: string
const processes: ChildProcess[] = []
const connections: DriverConnection[] = []

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csi-'))
})

afterEach(async () => {
  for (const connection of connections.splice(0)) connection.close()
  for (const child of processes.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  await rm(directory, { recursive: true })
})

function start(...flags: string[]): { readonly child: ChildProcess; readonly output: () => string } {
  const main = join(import.meta.dirname, 'main.ts')
  const args = ['--conditions=@csi-ts/source', main, `--endpoint=unix://${directory}/csi.sock`, ...flags]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  processes.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += String(chunk)))
  return { child, output: () => text }
}

async function connect(): Promise<DriverConnection> {
  const connection = await connectDriver({ address: `${directory}/csi.sock`, log: silentLogger })
  connections.push(connection)
  return connection
}

describe('csi-mock-driver', () => {
  it('is scripted from another process', async () => {
    start(`--control=${directory}/control.sock`)
    const driver = await connect()
    const control = await connectMockControl(`${directory}/control.sock`)
    const rule = await control.add({ place: 'after', method: 'CreateVolume', kind: 'hold', when: { name: 'a' } })
    const call = driver.controller.createVolume(volumeRequest('a', { secrets: { key: 'hunter2' } }), {})
    const standing = await rule.reached
    expect(standing).toMatchObject({ method: 'CreateVolume', outcome: 'pending' })
    expect(JSON.parse(standing.request)).toMatchObject({ name: 'a', secrets: '***stripped***' })
    expect(await control.volumes()).toEqual([{ id: 'volume-000001', name: 'a' }])
    await rule.release()
    expect((await call).volume?.volumeId).toBe('volume-000001')
    expect((await control.calls()).map(({ method, outcome }) => `${method} ${outcome}`)).toContain(
      'CreateVolume answered',
    )
    await expect(control.add({ place: 'before', method: '', kind: 'hold' })).rejects.toThrow('method is ""')
    control.close()
  })

  it('dies where the script says so and goes on with its volumes (a lost reply)', async () => {
    const rules = [{ place: 'after', method: 'CreateVolume', kind: 'kill' }]
    await writeFile(join(directory, 'script.json'), JSON.stringify(rules))
    const state = `--state-file=${directory}/state.json`
    const first = start(state, `--script=${directory}/script.json`)
    const driver = await connect()
    const call = driver.controller.createVolume(volumeRequest('a'), {})
    await expect(call).rejects.toMatchObject({ code: Code.Unavailable })
    if (first.child.signalCode === null) await once(first.child, 'exit')
    expect(first.child.signalCode).toBe('SIGKILL')

    start(state)
    const again = await connect()
    const { entries } = await again.controller.listVolumes({}, {})
    expect(entries.map((entry) => entry.volume?.volumeId)).toEqual(['volume-000001'])
    expect((await again.controller.createVolume(volumeRequest('a'), {})).volume?.volumeId).toBe('volume-000001')
  })

  it('ends at SIGTERM with exit code 0 and leaves no socket', async () => {
    const { child } = start(`--control=${directory}/control.sock`)
    await connect()
    child.kill('SIGTERM')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    expect(await readdir(directory)).toEqual([])
  })

  it('says "not ready" for as long as it is told', async () => {
    start('--ready-after=1h')
    const driver = await connect()
    expect(await driver.identity.probe({}, {})).toEqual({ ready: false })
  })

  it.each([
    { flags: ['--nope'], code: 2, line: 'flag provided but not defined: -nope' },
    {
      flags: ['--controller-capabilities=CREATE'],
      code: 2,
      line: 'no capability CREATE (allowed: none, CREATE_DELETE_VOLUME',
    },
    { flags: ['--endpoint=tcp://1.2.3.4:5'], code: 1, line: 'CSI is served on UNIX sockets only' },
    { flags: ['--script=/nonexistent.json'], code: 1, line: 'ENOENT' },
  ])('refuses $flags with exit code $code and one clear line', async ({ flags, code, line }) => {
    const { child, output } = start(...flags)
    const [exitCode] = (await once(child, 'close')) as [number]
    expect(exitCode).toBe(code)
    expect(output()).toContain(line)
  })
})
