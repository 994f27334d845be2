import { rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { RegistrationService } from '@csi-ts/csi-proto'
import { bindService, Code, CsiError, serve } from '@csi-ts/csi-rpc'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { checkRegistration } from './registration-probe.ts'
import { register, registryFolder } from './testing/registration-setup.ts'

const driverName = 'mock.csi.k8s.io'

async function serveInfo(getInfo: () => Promise<{ name: string }>) {
  const socketPath = join(await registryFolder(), 'reg.sock')
  const server = await serve([bindService(RegistrationService, { getInfo })], {
    endpoint: socketPath,
    log: silentLogger,
  })
  onTestFinished(() => server.close({ graceMs: 0 }))
  return socketPath
}

describe('row 7: checkRegistration', () => {
  it('is 200 when the socket answers with the name of the driver, also before kubelet has called', async () => {
    const { registration } = await register()
    const report = await checkRegistration({ socketPath: registration.socketPath, driverName, timeoutMs: 1_000 })
    expect(report).toEqual({ status: 200, body: 'ok' })
  })

  it('is 404 when the socket is missing', async () => {
    const { registration } = await register({ restore: false })
    await rm(registration.socketPath)
    expect(await checkRegistration({ socketPath: registration.socketPath, driverName, timeoutMs: 1_000 })).toEqual({
      status: 404,
      body: 'registration socket does not exist',
    })
  })

  it('is 500 when the file is no socket', async () => {
    const socketPath = join(await registryFolder(), 'reg.sock')
    await writeFile(socketPath, '')
    expect(await checkRegistration({ socketPath, driverName, timeoutMs: 1_000 })).toEqual({
      status: 500,
      body: `${socketPath} is not a socket`,
    })
  })

  it('is 500 when the path cannot be looked at', async () => {
    const file = join(await registryFolder(), 'file')
    await writeFile(file, '')
    const report = await checkRegistration({ socketPath: join(file, 'reg.sock'), driverName, timeoutMs: 1_000 })
    expect(report).toEqual({ status: 500, body: expect.stringContaining('ENOTDIR') })
  })

  it('is 500 when nobody can be connected to', async () => {
    const socketPath = join(await registryFolder(), 'reg.sock')
    const mute = createServer((socket) => socket.destroy())
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve))
    onTestFinished(() => void mute.close())
    const report = await checkRegistration({ socketPath, driverName, timeoutMs: 100, connectTimeoutMs: 100 })
    expect(report.status).toBe(500)
    expect(report.body).toMatch(`error connecting to node-registrar socket ${socketPath}: context deadline exceeded`)
  })

  it('is 500 when GetInfo fails or does not answer in time', async () => {
    const failing = await serveInfo(() => Promise.reject(new CsiError(Code.Unavailable, 'no')))
    expect(await checkRegistration({ socketPath: failing, driverName, timeoutMs: 1_000 })).toEqual({
      status: 500,
      body: 'error getting info from node-registrar socket: rpc error: code = Unavailable desc = no',
    })
    const hanging = await serveInfo(() => new Promise(() => {}))
    expect(await checkRegistration({ socketPath: hanging, driverName, timeoutMs: 50 })).toEqual({
      status: 500,
      body: 'error getting info from node-registrar socket: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    })
  })

  it('is 500 when somebody else answers', async () => {
    const socketPath = await serveInfo(async () => ({ name: 'other.csi' }))
    expect(await checkRegistration({ socketPath, driverName, timeoutMs: 1_000 })).toEqual({
      status: 500,
      body: 'invalid driver name other.csi',
    })
  })
})
