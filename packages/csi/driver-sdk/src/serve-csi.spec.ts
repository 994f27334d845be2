import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connectDriver } from '@csi-ts/csi-client'
import { RegistrationService } from '@csi-ts/csi-proto'
import { createClient, openChannel } from '@csi-ts/csi-rpc'
import { createMetrics } from '@csi-ts/telemetry'
import { createLogRecorder } from '@csi-ts/telemetry/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createDriver } from './driver.ts'
import { type ServeCsiOptions, type ServingDriver, serveCsi } from './serve-csi.ts'

let directory: string
let isReady: boolean
let stop: AbortController
let serving: ServingDriver | undefined
const { log, lines } = createLogRecorder()

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csi-'))
  await mkdir(join(directory, 'registry'))
  stop = new AbortController()
  isReady = true
})

afterEach(async () => {
  await serving?.close({ graceMs: 0 })
  serving = undefined
  await rm(directory, { recursive: true })
})

async function start(options: Partial<ServeCsiOptions> = {}): Promise<ServingDriver> {
  const driver = createDriver({
    name: 'a.example.com',
    vendorVersion: '1.0.0',
    ready: () => isReady,
    node: {
      nodeGetInfo: () => ({ nodeId: 'n'.repeat(300) }),
      nodePublishVolume: () => ({}),
      nodeUnpublishVolume: () => ({}),
    },
  })
  serving = await serveCsi(driver, { endpoint: `unix://${directory}/csi.sock`, log, signal: stop.signal, ...options })
  return serving
}

describe('serveCsi', () => {
  it('serves all services of a driver, measured under its name', async () => {
    const metrics = createMetrics()
    const { endpoint } = await start({ metrics })
    const driver = await connectDriver({ address: endpoint, log })
    expect(await driver.identity.getPluginInfo({}, {})).toMatchObject({ name: 'a.example.com' })
    driver.close()
    expect((await metrics.expose()).body).toContain('driver_name="a.example.com"')
  })

  it('warns of a response that breaks the specification, but sends it', async () => {
    const { endpoint } = await start()
    const driver = await connectDriver({ address: endpoint, log })
    expect(await driver.node.nodeGetInfo({}, {})).toMatchObject({ nodeId: 'n'.repeat(300) })
    driver.close()
    expect(lines).toContainEqual({
      level: 'warn',
      message: 'response breaks the CSI specification',
      fields: { method: '/csi.v1.Node/NodeGetInfo', problem: 'node_id has 300 bytes, at most 256 are allowed' },
    })
  })

  it('registers with kubelet by itself', async () => {
    await start({
      registration: {
        kubeletPath: '/var/lib/kubelet/plugins/a/csi.sock',
        registrationDir: join(directory, 'registry'),
      },
    })
    const channel = openChannel({ address: join(directory, 'registry', 'a.example.com-reg.sock') })
    expect(await createClient(RegistrationService, channel).getInfo({}, {})).toMatchObject({
      name: 'a.example.com',
      endpoint: '/var/lib/kubelet/plugins/a/csi.sock',
    })
    channel.close()
  })

  it('tells when kubelet refuses the driver', async () => {
    const refused: string[] = []
    const registration = {
      kubeletPath: '/var/lib/kubelet/plugins/a/csi.sock',
      registrationDir: join(directory, 'registry'),
      onRefused: (reason: string) => refused.push(reason),
    }
    await start({ registration })
    const channel = openChannel({ address: join(directory, 'registry', 'a.example.com-reg.sock') })
    const client = createClient(RegistrationService, channel)
    await client.notifyRegistrationStatus({ pluginRegistered: false, error: 'version mismatch' }, {})
    channel.close()
    expect(refused).toEqual(['version mismatch'])
  })

  it('answers its health over HTTP by itself', async () => {
    const { healthzAddress } = await start({ healthz: { address: '127.0.0.1:0', probeTimeoutMs: 5_000 } })
    const healthy = await fetch(`http://${healthzAddress}/healthz`)
    expect([healthy.status, await healthy.text()]).toEqual([200, 'ok'])
    isReady = false
    expect((await fetch(`http://${healthzAddress}/healthz`)).status).toBe(500)
  })

  it('closes everything when its signal fires', async () => {
    const { closed } = await start({
      registration: { kubeletPath: '/x', registrationDir: join(directory, 'registry') },
      healthz: { address: '127.0.0.1:0', probeTimeoutMs: 5_000 },
    })
    stop.abort()
    await closed
    expect(await readdir(directory)).toEqual(['registry'])
    expect(await readdir(join(directory, 'registry'))).toEqual([])
  })

  it('leaves nothing open when a part cannot be opened', async () => {
    await writeFile(join(directory, 'registry', 'a.example.com-reg.sock'), 'a file')
    const registration = { kubeletPath: '/x', registrationDir: join(directory, 'registry') }
    await expect(start({ registration })).rejects.toThrow('is not a socket')
    expect(await readdir(directory)).toEqual(['registry'])
  })
})
