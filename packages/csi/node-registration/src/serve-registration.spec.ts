import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, rename, writeFile } from 'node:fs/promises'
import { connect } from 'node:http2'
import { connect as connectTo, createServer } from 'node:net'
import { join } from 'node:path'
import { createMetrics, silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { registrationSocketPath } from './registration-socket.ts'
import { serveRegistration } from './serve-registration.ts'
import { kubeletAt, register, registryFolder } from './testing/registration-setup.ts'

const info = {
  type: 'CSIPlugin',
  name: 'mock.csi.k8s.io',
  endpoint: '/var/lib/kubelet/plugins/mock/csi.sock',
  supportedVersions: ['1.0.0'],
}

describe('the socket', () => {
  it('row 1: is named after the driver and has mode 0700, whatever the umask', async () => {
    const { registration, registrationDir } = await register()
    expect(registration.socketPath).toBe(join(registrationDir, 'mock.csi.k8s.io-reg.sock'))
    const stats = await lstat(registration.socketPath)
    expect([stats.isSocket(), (stats.mode & 0o777).toString(8)]).toEqual([true, '700'])
    expect(await readdir(registrationDir)).toEqual(['mock.csi.k8s.io-reg.sock'])
  })

  it('row 5: replaces a socket that nobody serves any more', async () => {
    const registrationDir = await registryFolder()
    const path = registrationSocketPath(registrationDir, 'mock.csi.k8s.io')
    const dead = createServer()
    await new Promise<void>((resolve) => dead.listen(`${path}.bound`, resolve))
    await rename(`${path}.bound`, path) // closing removes the name it was bound to, so this one stays
    await new Promise((resolve) => dead.close(resolve))
    const { kubelet } = await register({ registrationDir })
    expect(await kubelet.getInfo({}, {})).toEqual(info)
  })

  it('row 5: replaces a socket that the pod before still serves; its end then leaves the new one alone', async () => {
    const old = await register()
    const now = await register({ registrationDir: old.registrationDir, endpoint: '/new.sock' })
    expect(await kubeletAt(now.registration.socketPath).getInfo({}, {})).toMatchObject({ endpoint: '/new.sock' })
    await old.registration.close()
    expect(await kubeletAt(now.registration.socketPath).getInfo({}, {})).toMatchObject({ endpoint: '/new.sock' })
  })

  it.each([
    { what: 'a file', make: (path: string) => writeFile(path, 'precious') },
    { what: 'a directory', make: (path: string) => mkdir(path) },
  ])('row 5: refuses to replace $what', async ({ make }) => {
    const registrationDir = await registryFolder()
    const path = registrationSocketPath(registrationDir, 'mock.csi.k8s.io')
    await make(path)
    await expect(register({ registrationDir })).rejects.toThrow(
      `cannot listen on ${path}: it exists and is not a socket`,
    )
    expect(existsSync(path)).toBe(true)
  })

  it('is not made where its directory is missing, which is not created', async () => {
    const registrationDir = join(await registryFolder(), 'missing')
    await expect(register({ registrationDir })).rejects.toThrow(/cannot listen on .*missing/)
    expect(existsSync(registrationDir)).toBe(false)
  })

  it.each(['', '../evil', 'a/b', '.hidden', 'nul\0'])('refuses the driver name %j', (name) => {
    expect(() => registrationSocketPath('/registration', name)).toThrow(`invalid driver name ${JSON.stringify(name)}`)
  })

  it('refuses a path that no socket can have', () => {
    expect(() => registrationSocketPath(`/${'x'.repeat(80)}`, 'mock.csi.k8s.io-and-more')).toThrow('at most 107')
  })
})

describe('the service', () => {
  it('row 2: tells kubelet type, name, the path of the host and version 1.0.0', async () => {
    const { kubelet, lines } = await register()
    expect(await kubelet.getInfo({}, {})).toEqual(info)
    expect(lines).toContainEqual(expect.objectContaining({ level: 'v4', message: 'received GetInfo call' }))
  })

  it('remembers that kubelet has registered the driver', async () => {
    const { kubelet, registration, refusals } = await register()
    expect(registration.status).toEqual({ kind: 'waiting' })
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    expect(registration.status).toEqual({ kind: 'registered', atMs: expect.any(Number) })
    expect(refusals).toEqual([])
  })

  it('row 3: says that kubelet has refused the driver, and why', async () => {
    const { kubelet, registration, refusals } = await register()
    await kubelet.notifyRegistrationStatus({ pluginRegistered: false, error: 'no node id' }, {})
    expect(registration.status).toMatchObject({ kind: 'refused', error: 'no node id' })
    expect(refusals).toEqual(['no node id'])
  })

  it('counts what kubelet says', async () => {
    const metrics = createMetrics()
    const { kubelet } = await register({ metrics })
    await kubelet.getInfo({}, {})
    await kubelet.notifyRegistrationStatus({ pluginRegistered: false, error: 'x' }, {})
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    const { body } = await metrics.expose()
    expect(body.match(/^csi_registration_calls_total.*$/gm)).toEqual([
      'csi_registration_calls_total{result="info"} 1',
      'csi_registration_calls_total{result="refused"} 1',
      'csi_registration_calls_total{result="registered"} 1',
    ])
    expect(body).toMatch(/^csi_registration_last_success_timestamp_seconds \d{10}/m)
  })

  it.each([
    { authority: 'localhost', why: 'kubelet 1.26 and later', outcome: 'answered' },
    { authority: '', why: 'an empty one', outcome: 'NGHTTP2_PROTOCOL_ERROR' },
    {
      authority: '/registration/mock.csi.k8s.io-reg.sock',
      why: 'kubelet before 1.26',
      outcome: 'NGHTTP2_PROTOCOL_ERROR',
    },
    { authority: 'unix:///registration/x.sock', why: 'a URL', outcome: 'NGHTTP2_PROTOCOL_ERROR' },
  ])('row 10: the authority of $why is $outcome', async ({ authority, outcome }) => {
    const { registration } = await register()
    expect(await rawGetInfo(registration.socketPath, authority)).toContain(outcome)
  })
})

describe('the end', () => {
  it('row 4: removes the socket when the signal fires, upon which kubelet forgets the driver', async () => {
    const { registration, stop } = await register()
    stop.abort()
    await registration.close()
    expect(existsSync(registration.socketPath)).toBe(false)
  })

  it('leaves the socket where it shall outlive a restart', async () => {
    const { registration, stop, kubelet } = await register({ keepSocket: true })
    stop.abort()
    await registration.close()
    expect(existsSync(registration.socketPath)).toBe(true)
    expect(await kubelet.getInfo({}, {})).toEqual(info) // until the process ends
    const after = await register({ registrationDir: join(registration.socketPath, '..') })
    expect(await kubeletAt(after.registration.socketPath).getInfo({}, {})).toEqual(info)
  })

  it('does not begin when the signal has fired before', async () => {
    const registrationDir = await registryFolder()
    const begun = serveRegistration({
      driverName: 'mock.csi.k8s.io',
      endpoint: '/csi.sock',
      registrationDir,
      log: silentLogger,
      onRefused: () => {},
      signal: AbortSignal.abort(new Error('over')),
    })
    await expect(begun).rejects.toThrow('over')
    expect(await readdir(registrationDir)).toEqual([])
  })
})

describe('withdraw and renew', () => {
  it('takes the socket away and brings another one, which kubelet notices', async () => {
    const { registration, kubelet } = await register()
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    const before = await lstat(registration.socketPath, { bigint: true })
    await registration.withdraw()
    expect(existsSync(registration.socketPath)).toBe(false)
    expect(registration.status).toEqual({ kind: 'waiting' })
    await registration.renew()
    const after = await lstat(registration.socketPath, { bigint: true })
    expect(after.ctimeNs).toBeGreaterThan(before.ctimeNs)
    expect(await kubeletAt(registration.socketPath).getInfo({}, {})).toEqual(info)
  })

  it('does both in the order asked for', async () => {
    const { registration } = await register()
    await Promise.all([registration.renew(), registration.withdraw(), registration.renew(), registration.withdraw()])
    expect(existsSync(registration.socketPath)).toBe(false)
  })
})

async function rawGetInfo(socketPath: string, authority: string): Promise<string> {
  const session = connect('http://localhost', { createConnection: () => connectTo(socketPath) })
  onTestFinished(() => session.destroy())
  const stream = session.request({
    ':method': 'POST',
    ':path': '/pluginregistration.Registration/GetInfo',
    ':authority': authority,
    'content-type': 'application/grpc',
    te: 'trailers',
  })
  stream.end(Buffer.alloc(5)) // an empty message, not compressed
  return await new Promise((resolve) => {
    let bytes = ''
    stream.on('data', (chunk: Buffer) => {
      bytes += chunk.toString('latin1')
    })
    stream.on('error', (error) => resolve(error.message))
    stream.on('end', () => resolve(bytes.includes('CSIPlugin') ? 'answered' : `unexpected ${bytes}`))
  })
}
