import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freePort, get, socketFolder, startDriver, startProgram } from './testing/livenessprobe-process.ts'

const healthAddress = /"serving health" address="([^"]+)"/

async function startWithDriver(...args: string[]) {
  const folder = await socketFolder()
  const driver = await startDriver(folder)
  const program = startProgram(`--csi-address=${driver.address}`, ...args)
  const address = (await program.logged(healthAddress))[1] ?? ''
  await program.logged('"CSI driver is there" driver="mock.csi.k8s.io"')
  return { folder, driver, program, address }
}

describe('what must be right (livenessprobe.md 8)', () => {
  it('row 1: 0.0.0.0:9808 and /healthz are the defaults', async () => {
    const { address } = await startWithDriver()
    expect(address).toBe('0.0.0.0:9808')
    const external = Object.values(networkInterfaces())
      .flatMap((all) => all ?? [])
      .find(({ family }) => family === 'IPv4')
    expect(await get(`${external?.address ?? '127.0.0.1'}:9808`, '/healthz')).toBe('200 ok')
  })

  it('row 1: the body is exactly `ok`, failures are 500 with text, and any method is answered', async () => {
    const { driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0')
    expect(await get(address, '/healthz?x=1')).toBe('200 ok')
    expect(await get(address, '/healthz', 'POST')).toBe('200 ok')
    expect(await get(address, '/healthz', 'DELETE')).toBe('200 ok')
    driver.ready = false
    expect(await get(address, '/healthz')).toBe('500 driver responded but is not ready')
    expect(await get(address, '/')).toBe('404 404 page not found\n')
  })

  it('row 2: connecting and Probe share one --probe-timeout', async () => {
    const { driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0', '--probe-timeout=400ms')
    driver.onProbe = () => new Promise(() => {})
    const startMs = performance.now()
    expect(await get(address, '/healthz')).toBe(
      '500 rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    )
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(390)
    await driver.close()
    expect(await get(address, '/healthz')).toMatch(/^500 context deadline exceeded/)
  })

  it('row 3: each check makes a connection, so a removed socket is noticed and a replaced one used', async () => {
    const { folder, driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0', '--probe-timeout=400ms')
    await rm(driver.address)
    expect(await get(address, '/healthz')).toMatch(
      /^500 context deadline exceeded: no connection to .*no such file or directory$/,
    )
    await startDriver(folder)
    expect(await get(address, '/healthz')).toBe('200 ok')
  })

  it('row 5: waits for the driver for ever, without a crash, and says what it waits for', async () => {
    const folder = await socketFolder()
    const socket = join(folder, 'csi.sock')
    const program = startProgram(`--csi-address=${socket}`, '--http-endpoint=127.0.0.1:0')
    const address = (await program.logged(healthAddress))[1] ?? ''
    expect(await get(address, '/healthz')).toBe(`503 waiting for the CSI driver at ${socket}`)
    await startDriver(folder)
    await program.logged('"CSI driver is there"')
    expect(await get(address, '/healthz')).toBe('200 ok')
  })

  it.each([
    {
      args: ['--http-endpoint=:0', '--health-port=1234'],
      line: 'only one of --health-port and --http-endpoint can be set',
    },
    {
      args: ['--http-endpoint=:0', '--metrics-address=:0'],
      line: 'only one of --metrics-address and --http-endpoint can be set',
    },
  ])('row 6: $args is an error, exit 1', async ({ args, line }) => {
    const program = startProgram(...args)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toMatch(new RegExp(`^E.*"${line}"$`, 'm'))
  })

  it('row 6: --health-port=9808 with --http-endpoint is legal', async () => {
    const { address } = await startWithDriver('--http-endpoint=127.0.0.1:0', '--health-port=9808')
    expect(await get(address, '/healthz')).toBe('200 ok')
  })

  it('row 7: serves metrics beside health when --http-endpoint is given', async () => {
    const { address } = await startWithDriver('--http-endpoint=127.0.0.1:0', '--metrics-path=/m')
    await get(address, '/healthz')
    const metrics = await get(address, '/m')
    const probes = 'driver_name="mock.csi.k8s.io",method_name="/csi.v1.Identity/Probe",grpc_status_code="OK"'
    const info = 'driver_name="unknown-driver",method_name="/csi.v1.Identity/GetPluginInfo",grpc_status_code="OK"'
    expect(metrics).toContain(`csi_sidecar_operations_seconds_count{${probes}} 1\n`)
    expect(metrics).toContain(`csi_sidecar_operations_seconds_count{${info}} 1\n`)
    expect(metrics).toMatch(/^process_start_time_seconds \d{10}/m)
    expect(await get(address, '/metrics')).toMatch(/^404/)
  })

  it('row 7: serves metrics alone at --metrics-address', async () => {
    const port = await freePort()
    const { program, address } = await startWithDriver(`--health-port=${port}`, '--metrics-address=127.0.0.1:0')
    expect(address).toBe(`0.0.0.0:${port}`)
    const [, metricsAddress = ''] = await program.logged(/"serving metrics" address="([^"]+)"/)
    expect(await get(metricsAddress, '/metrics')).toMatch(/^200 /)
    expect(await get(metricsAddress, '/healthz')).toMatch(/^404/)
    expect(await get(`127.0.0.1:${port}`, '/healthz')).toBe('200 ok')
    expect(await get(`127.0.0.1:${port}`, '/metrics')).toMatch(/^404/)
  })

  it('row 7: serves no metrics otherwise', async () => {
    const port = await freePort()
    await startWithDriver(`--health-port=${port}`)
    expect(await get(`127.0.0.1:${port}`, '/metrics')).toMatch(/^404/)
  })

  it('row 8: the text of a failure is that of Go, without what the driver keeps to itself', async () => {
    const { driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0')
    driver.onProbe = () => {
      throw new Error('password=hunter2')
    }
    const answer = await get(address, '/healthz')
    expect(answer).toMatch(/^500 rpc error: code = Internal desc = /)
    expect(answer).not.toContain('hunter2')
  })

  it('row 9: never exits because a probe failed', async () => {
    const { driver, address, program } = await startWithDriver('--http-endpoint=127.0.0.1:0', '--probe-timeout=100ms')
    await driver.close()
    for (let round = 0; round < 3; round++) expect(await get(address, '/healthz')).toMatch(/^500/)
    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })
})

describe('the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('ends with 0 at %s, also while it waits for the driver', async (signal) => {
    const program = startProgram(
      `--csi-address=${join(await socketFolder(), 'csi.sock')}`,
      '--http-endpoint=127.0.0.1:0',
    )
    await program.logged(healthAddress)
    program.kill(signal)
    expect(await program.ended).toEqual({ code: 0, signal: null })
  })

  it.each([
    { args: ['--nope'], code: 2, line: /^flag provided but not defined: -nope$/m },
    { args: ['--connection-timeout=1s'], code: 2, line: /^flag provided but not defined: -connection-timeout$/m },
    {
      args: ['--probe-timeout=3'],
      code: 2,
      line: /^invalid value "3" for flag -probe-timeout: missing unit in duration "3"/m,
    },
    {
      args: ['--http-endpoint=nonsense'],
      code: 1,
      line: /^E.*err="invalid address \\"nonsense\\": allowed: host:port/m,
    },
    { args: ['--health-port=x'], code: 1, line: /^E.*err="invalid address \\"0.0.0.0:x\\": unknown port \\"x\\"/m },
    {
      args: ['--csi-address=tcp://x', '--http-endpoint=127.0.0.1:0'],
      code: 1,
      line: /^E.*err="invalid endpoint \\"tcp:\/\/x\\"/m,
    },
  ])('refuses $args in one line, exit $code', async ({ args, code, line }) => {
    const program = startProgram(...args)
    expect(await program.ended).toEqual({ code, signal: null })
    expect(program.stderr()).toMatch(line)
  })

  it('exits 1 when the port is taken, where upstream exits 0', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    onTestFinished(() => void blocker.close())
    const address = blocker.address() as { port: number }
    const program = startProgram(`--http-endpoint=127.0.0.1:${address.port}`)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toContain('EADDRINUSE')
  })

  it('exits 1 when the driver has no name', async () => {
    const folder = await socketFolder()
    const driver = await startDriver(folder, { name: '' })
    const program = startProgram(`--csi-address=${driver.address}`, '--http-endpoint=127.0.0.1:0')
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toMatch(/^E.*err="driver name is empty"$/m)
  })

  it('prints its version, which upstream cannot', async () => {
    const program = startProgram('--version')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stdout()).toMatch(/^livenessprobe \d+\.\d+\.\d+\n$/)
  })
})

describe('beyond upstream', () => {
  it('tells not ready from dead', async () => {
    const { driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0')
    driver.ready = false
    expect(await get(address, '/livez')).toBe('200 ok')
    expect(await get(address, '/readyz')).toBe('503 driver responded but is not ready')
  })

  it('listens on all addresses of both families with --http-endpoint=:PORT', async () => {
    const port = await freePort()
    await startWithDriver(`--http-endpoint=:${port}`)
    expect(await get(`[::1]:${port}`, '/healthz')).toBe('200 ok')
    expect(await get(`127.0.0.1:${port}`, '/healthz')).toBe('200 ok')
  })

  it('answers probes that pile up from one check', async () => {
    const { driver, address } = await startWithDriver('--http-endpoint=127.0.0.1:0')
    let probes = 0
    const release = Promise.withResolvers<void>()
    driver.onProbe = () => {
      probes++
      return release.promise
    }
    const all = Array.from({ length: 20 }, () => get(address, '/healthz'))
    await expect.poll(() => probes).toBe(1)
    release.resolve()
    expect(await Promise.all(all)).toEqual(Array.from({ length: 20 }, () => '200 ok'))
  })

  it('checks once for an exec probe', async () => {
    const folder = await socketFolder()
    const driver = await startDriver(folder)
    const healthy = startProgram(`--csi-address=${driver.address}`, '--once')
    expect(await healthy.ended).toEqual({ code: 0, signal: null })
    driver.ready = false
    const ill = startProgram(`--csi-address=${driver.address}`, '--once')
    expect(await ill.ended).toEqual({ code: 1, signal: null })
    expect(ill.stderr()).toMatch(/^E.*"CSI driver is not healthy" err="driver responded but is not ready"$/m)
  })
})
