import { createServer } from 'node:net'
import { resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { errorLines, useProcesses } from './testing/use-processes.ts'
import { useWorld } from './testing/use-world.ts'

const setup = useWorld()
const { start, flagsFor } = useProcesses()

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}

describe('a wrong command line', () => {
  it.each([
    { argv: ['--provisioner=old'], says: 'flag provided but not defined: -provisioner' },
    { argv: ['--timeout=soon'], says: 'invalid value "soon" for flag -timeout' },
    { argv: ['--enable-capacity'], says: 'flag -enable-capacity: this version does not publish storage capacity' },
  ])('$argv: one line and a hint, exit 2', async ({ argv, says }) => {
    const { code, stderr } = await start(argv).exited
    const [line, ...rest] = stderr.trim().split('\n')
    expect(line).toContain(says)
    expect(rest).toEqual(['Run "csi-provisioner --help" for the flags.'])
    expect(code).toBe(2)
  })

  it.each([
    { argv: ['--feature-gates=Nonsense=true'], says: 'unrecognized feature gate: Nonsense; known: Topology' },
    { argv: ['--http-endpoint=:1', '--metrics-address=:2'], says: 'only one of --metrics-address and --http-endpoint' },
    { argv: ['--csi-address=tcp://localhost:1'], says: '--csi-address must be /path or unix:///path' },
    { argv: [], says: 'no cluster is configured' },
    { argv: ['--kubeconfig=/does/not/exist'], says: 'kubeconfig /does/not/exist: the file does not exist' },
  ])('$argv: one line, exit 1', async ({ argv, says }) => {
    const { code, stderr } = await start(argv).exited
    const lines = errorLines(stderr).filter((line) => !line.includes('deprecated'))
    expect(lines).toEqual([expect.stringContaining(says)])
    expect(code).toBe(1)
  })

  it('prints help and version, exit 0', async () => {
    const help = await start(['--help']).exited
    expect(help.code).toBe(0)
    for (const name of ['--volume-name-prefix', '--leader-election', '--kube-api-qps', '--http-endpoint', '--master']) {
      expect(help.stdout).toContain(name)
    }
    const version = await start(['--version']).exited
    expect(version.code).toBe(0)
    expect(version.stdout).toMatch(/^csi-provisioner \d+\.\d+\.\d+/)
  })
})

describe('a provisioner process', () => {
  it('leads, provisions, serves metrics and gives its lease back, exit 0', async () => {
    const world = await setup({ start: false })
    const address = `127.0.0.1:${await freePort()}`
    const argv = [...(await flagsFor(world)), '--leader-election', `--http-endpoint=${address}`]
    const provisioner = start(argv, { POD_NAMESPACE: 'shop' })
    await world.createClass()
    const claim = await world.createClaim()
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])

    const metrics = await (await fetch(`http://${address}/metrics`)).text()
    expect(metrics).toContain('controller_persistentvolumeclaim_provision_total{class="fast",source=""} 1')
    expect(metrics).toMatch(
      /csi_sidecar_operations_seconds_count\{.*method_name="\/csi\.v1\.Controller\/CreateVolume".*\} 1\n/,
    )
    const health = await fetch(`http://${address}/healthz/leader-election`)
    expect({ status: health.status, body: await health.text() }).toEqual({ status: 200, body: 'ok' })

    const lease = { name: 'mock-csi-example-com', namespace: 'shop' }
    expect((await world.client.resource(resources.leases).get(lease, world.ctx)).spec?.holderIdentity).not.toBe('')
    provisioner.kill('SIGTERM')
    expect((await provisioner.exited).code).toBe(0)
    expect((await world.client.resource(resources.leases).get(lease, world.ctx)).spec?.holderIdentity ?? '').toBe('')
  })

  it('finishes the call in hand when it is told to stop', async () => {
    const world = await setup({ start: false })
    const provisioner = start(await flagsFor(world))
    await world.createClass()
    const standing = world.driver.script.before('CreateVolume', { kind: 'hold' })
    const claim = await world.createClaim()
    await standing.reached
    provisioner.kill('SIGTERM')
    await provisioner.logged('received a signal')
    standing.release()
    expect((await provisioner.exited).code).toBe(0)
    const volume = await world.volumeOf(claim)
    expect([...world.driver.volumes.keys()]).toEqual([volume.spec.csi?.volumeHandle])
  })

  it('ends with one line when it loses its driver, exit 1', async () => {
    const world = await setup({ start: false })
    const provisioner = start(await flagsFor(world))
    await provisioner.logged('starting provisioner controller')
    await world.serving.close()
    const { code, stderr } = await provisioner.exited
    expect(errorLines(stderr).filter((line) => line.includes('Lost connection to CSI driver, exiting'))).toHaveLength(1)
    expect(code).toBe(1)
  })

  it('stays up when the API server cannot be reached, says why, and works when it can', async () => {
    const world = await setup({ start: false })
    const fault = { match: {}, when: 'before', action: { kind: 'cut' }, times: Number.POSITIVE_INFINITY } as const
    const away = world.proxy.fault(fault)
    const provisioner = start(await flagsFor(world))
    await provisioner.logged('cannot list or watch, will keep trying')
    away.release()
    await world.createClass()
    await world.volumeOf(await world.createClaim())
    provisioner.kill('SIGTERM')
    expect((await provisioner.exited).code).toBe(0)
  })
})
