import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  get,
  hostPath,
  kubeletAt,
  nodeFolders,
  startDriver,
  startProgram,
  startRegistrar,
} from './testing/registrar-process.ts'

const started = '"registration server started"'
const healthAddress = /"serving health" address="([^"]+)"/

async function registered(...args: string[]) {
  const node = await nodeFolders()
  const driver = await startDriver(node.csiAddress)
  const program = startRegistrar(node, ...args)
  await program.logged(started)
  return { node, driver, program, kubelet: kubeletAt(node.socketPath) }
}

async function withHttp(...args: string[]) {
  const all = await registered('--http-endpoint=127.0.0.1:0', ...args)
  const [, address = ''] = await all.program.logged(healthAddress)
  return { ...all, address }
}

describe('what must be right (node-driver-registrar.md 9)', () => {
  it('row 1: the socket is <driver>-reg.sock with mode 0700, and nothing else is made', async () => {
    const { node } = await registered()
    expect(await readdir(node.registry)).toEqual(['mock.csi.k8s.io-reg.sock'])
    const stats = await lstat(node.socketPath)
    expect([stats.isSocket(), (stats.mode & 0o777).toString(8)]).toEqual([true, '700'])
  })

  it('row 2: kubelet is told CSIPlugin, the path of the host and version 1.0.0', async () => {
    const { kubelet } = await registered()
    expect(await kubelet.getInfo({}, {})).toEqual({
      type: 'CSIPlugin',
      name: 'mock.csi.k8s.io',
      endpoint: hostPath,
      supportedVersions: ['1.0.0'],
    })
  })

  it('row 3: exits 1 when kubelet refuses the driver', async () => {
    const { program, kubelet } = await registered()
    await kubelet.getInfo({}, {})
    await Promise.allSettled([kubelet.notifyRegistrationStatus({ pluginRegistered: false, error: 'bad node id' }, {})])
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toMatch(
      /^E.*"Registration process failed with error, restarting registration container" err="bad node id"$/m,
    )
  })

  it('row 3: stays when kubelet confirms the registration', async () => {
    const { program, kubelet } = await registered()
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    await program.logged('"received NotifyRegistrationStatus call" registered=true')
    expect(await kubelet.getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('row 4: %s removes the socket, exit 0', async (signal) => {
    const { program, node } = await registered()
    program.kill(signal)
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(existsSync(node.socketPath)).toBe(false)
  })

  it('row 5: replaces the socket of a registrar that was killed', async () => {
    const { program, node } = await registered()
    program.kill('SIGKILL')
    await program.ended
    expect(existsSync(node.socketPath)).toBe(true)
    const next = startRegistrar(node)
    await next.logged(started)
    expect(await kubeletAt(node.socketPath).getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
  })

  it('row 5: takes over from a registrar that still runs, whose end leaves the new socket alone', async () => {
    const { program, node } = await registered()
    const next = startRegistrar(node)
    await next.logged(started)
    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(await kubeletAt(node.socketPath).getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
  })

  it.each([
    { what: 'a file', make: (path: string) => writeFile(path, 'precious') },
    { what: 'a directory', make: (path: string) => mkdir(path) },
  ])('row 5: exits 1 when $what is in the place of the socket', async ({ make }) => {
    const node = await nodeFolders()
    await startDriver(node.csiAddress)
    await make(node.socketPath)
    const program = startRegistrar(node)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toMatch(/^E.*it exists and is not a socket"$/m)
    expect(existsSync(node.socketPath)).toBe(true)
  })

  it('row 6: --mode=kubelet-registration-probe exits 0 without doing anything', async () => {
    const node = await nodeFolders()
    const program = startRegistrar(node, '--mode=kubelet-registration-probe')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(await readdir(node.registry)).toEqual([])
  })

  it('row 6: ... but still needs --kubelet-registration-path', async () => {
    const program = startProgram('--mode=kubelet-registration-probe')
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toMatch(/^E.*"flag --kubelet-registration-path is required"$/m)
  })

  it('row 6: any other mode registers', async () => {
    const { kubelet } = await registered('--mode=something')
    expect(await kubelet.getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
  })

  it('row 7: /healthz is 200 as soon as it is served, although kubelet has not called', async () => {
    const { address } = await withHttp()
    expect(await get(address, '/healthz')).toBe('200 ok')
  })

  it('row 7: /healthz is 404 when the socket is gone and 500 when it is none', async () => {
    const { address, node } = await withHttp('--restore-socket=false')
    await rm(node.socketPath)
    expect(await get(address, '/healthz')).toBe('404 registration socket does not exist')
    await writeFile(node.socketPath, '')
    expect(await get(address, '/healthz')).toBe(`500 ${node.socketPath} is not a socket`)
  })

  it('row 7: health checks do not flood the log', async () => {
    const { address, program } = await withHttp()
    const before = program.stderr()
    for (let round = 0; round < 5; round++) await get(address, '/healthz')
    expect(program.stderr()).toBe(before)
  })

  it('row 9: stays registered when the driver dies', async () => {
    const { driver, kubelet, address } = await withHttp()
    await driver.close({ graceMs: 0 })
    expect(await kubelet.getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
    expect(await get(address, '/healthz')).toBe('200 ok')
  })
})

describe('row 8', () => {
  it('no Kubernetes client at all: nothing of kube is among the dependencies', async () => {
    const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
    expect(Object.keys(manifest.dependencies).filter((name) => /kube|sidecar-kit/.test(name))).toEqual([])
  })
})

describe('the process', () => {
  it.each([
    { args: [], code: 1, line: /^E.*"flag --kubelet-registration-path is required"$/m },
    {
      args: ['--kubelet-registration-path=/x', '--http-endpoint=:1', '--health-port=2'],
      code: 1,
      line: /^E.*"only one of --health-port and --http-endpoint can be set"$/m,
    },
    { args: ['--nope'], code: 2, line: /^flag provided but not defined: -nope$/m },
    { args: ['--timeout=1'], code: 2, line: /^invalid value "1" for flag -timeout: missing unit/m },
    { args: ['--health-port=x'], code: 2, line: /^invalid value "x" for flag -health-port: allowed: a whole number$/m },
    {
      args: ['--kubelet-registration-path=/x', '--csi-address=tcp://x'],
      code: 1,
      line: /^E.*err="invalid endpoint \\"tcp:\/\/x\\"/m,
    },
    {
      args: ['--kubelet-registration-path=/x', '--csi-address=/nowhere/csi.sock', '--driver-connect-timeout=200ms'],
      code: 1,
      line: /^E.*context deadline exceeded: no connection to \/nowhere\/csi.sock: no such file or directory"$/m,
    },
  ])('refuses $args in one line, exit $code', async ({ args, code, line }) => {
    const program = startProgram(...args)
    expect(await program.ended).toEqual({ code, signal: null })
    expect(program.stderr()).toMatch(line)
  })

  it('prints its version before it asks for the required flag', async () => {
    const program = startProgram('--version')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(program.stdout()).toMatch(/^csi-node-driver-registrar \d+\.\d+\.\d+\n$/)
  })

  it.each([
    { name: '', line: 'driver name is empty' },
    {
      name: '../../etc/evil',
      line: String.raw`invalid driver name \"../../etc/evil\": want letters, digits, dots and dashes`,
    },
  ])('exits 1 when the driver names itself "$name", making nothing', async ({ name, line }) => {
    const node = await nodeFolders()
    await startDriver(node.csiAddress, name)
    const program = startRegistrar(node)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toContain(line)
    expect(await readdir(node.registry)).toEqual([])
  })

  it('waits for a driver that starts later, and ends with 0 when told to while it waits', async () => {
    const node = await nodeFolders()
    const program = startRegistrar(node, '-v=5')
    await program.logged('"connecting"')
    await startDriver(node.csiAddress)
    await program.logged(started)
    const other = startRegistrar(await nodeFolders(), '-v=5')
    await other.logged('"connecting"')
    other.kill('SIGTERM')
    expect(await other.ended).toEqual({ code: 0, signal: null })
  })

  it('takes --health-port as an address on all interfaces, with a warning that it is deprecated', async () => {
    const probe = createServer().listen(0)
    await once(probe, 'listening')
    const { port } = probe.address() as { port: number }
    await new Promise((resolve) => probe.close(resolve))
    const { program } = await registered(`--health-port=${port}`)
    await program.logged(healthAddress)
    expect(await get(`[::1]:${port}`, '/healthz')).toBe('200 ok')
    expect(program.stderr()).toMatch(/^W.*"flag is deprecated" flag="health-port"/m)
  })

  it('serves no HTTP unless told to', async () => {
    const { program } = await registered()
    await expect(program.logged('"skipping HTTP server"')).resolves.toBeDefined()
  })

  it('exits 1 when the port is taken, leaving no socket', async () => {
    const blocker = createServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    onTestFinished(() => void blocker.close())
    const { port } = blocker.address() as { port: number }
    const node = await nodeFolders()
    await startDriver(node.csiAddress)
    const program = startRegistrar(node, `--http-endpoint=127.0.0.1:${port}`)
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toContain('EADDRINUSE')
    expect(existsSync(node.socketPath)).toBe(false)
  })

  it('serves profiles only with --enable-pprof', async () => {
    const plain = await withHttp()
    expect(await get(plain.address, '/debug/pprof/')).toMatch(/^404/)
    const profiled = await withHttp('--enable-pprof')
    expect(await get(profiled.address, '/debug/pprof/')).toMatch(/^200 /)
  })

  it('accepts --connection-timeout without effect', async () => {
    const { program } = await registered('--connection-timeout=5s')
    expect(program.stderr()).toMatch(/^W.*"flag is deprecated" flag="connection-timeout"/m)
  })
})

describe('beyond upstream', () => {
  it('makes the registration socket anew when somebody removes it', async () => {
    const { node, address } = await withHttp()
    await rm(node.socketPath)
    await expect.poll(() => get(address, '/healthz'), { timeout: 15_000 }).toBe('200 ok')
  })

  it('tells over /readyz what kubelet said, and over /metrics how often', async () => {
    const { address, kubelet } = await withHttp()
    expect(await get(address, '/readyz')).toBe('503 kubelet has not confirmed the registration')
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    expect(await get(address, '/readyz')).toMatch(/^200 ok: registered at \d{4}-\d\d-\d\dT/)
    expect(await get(address, '/metrics')).toContain('csi_registration_calls_total{result="registered"} 1\n')
  })

  it('leaves the socket at exit with --keep-socket', async () => {
    const { program, node } = await registered('--keep-socket')
    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(existsSync(node.socketPath)).toBe(true)
    const next = startRegistrar(node)
    await next.logged(started)
  })

  it('registers again when the driver has restarted, with --follow-driver', async () => {
    const { node, driver, program, kubelet, address } = await withHttp('--follow-driver', '--driver-lost-timeout=300ms')
    await kubelet.notifyRegistrationStatus({ pluginRegistered: true }, {})
    await driver.close({ graceMs: 0 })
    await program.logged('"the CSI driver stays away, deregistering it"')
    await expect.poll(() => existsSync(node.socketPath)).toBe(false)
    await startDriver(node.csiAddress)
    await program.logged('"the CSI driver is back, registering it again"')
    await expect.poll(() => get(address, '/healthz')).toBe('200 ok')
    expect(await get(address, '/readyz')).toBe('503 kubelet has not confirmed the registration')
  })

  it('exits 1 when another driver comes back, with --follow-driver', async () => {
    const { node, driver, program } = await registered('--follow-driver')
    await driver.close({ graceMs: 0 })
    await program.logged('"lost the CSI driver"')
    await startDriver(node.csiAddress, 'other.csi.k8s.io')
    expect(await program.ended).toEqual({ code: 1, signal: null })
    expect(program.stderr()).toContain('the driver is other.csi.k8s.io now, it was mock.csi.k8s.io')
  })

  it('ends with 0 while it follows a driver that is away', async () => {
    const { driver, program, node } = await registered('--follow-driver')
    await driver.close({ graceMs: 0 })
    await program.logged('"lost the CSI driver"')
    program.kill('SIGTERM')
    expect(await program.ended).toEqual({ code: 0, signal: null })
    expect(existsSync(node.socketPath)).toBe(false)
  })
})
