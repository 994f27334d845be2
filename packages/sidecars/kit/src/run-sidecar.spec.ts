import { resources } from '@csi-ts/kube-api'
import { UsageError } from '@csi-ts/process'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, it } from 'vitest'
import { startSidecarWorld } from './testing/sidecar-world.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }
const lease = { namespace: 'kube-system', name: 'external-test-leader-mock-csi-example-com' }
const quickElection = [
  '--leader-election',
  '--leader-election-lease-duration=3s',
  '--leader-election-renew-deadline=2s',
  '--leader-election-retry-period=100ms',
]

/** The address that the HTTP server says it listens on. */
function addressIn(
  lines: readonly { readonly message: string; readonly fields: Readonly<Record<string, unknown>> }[],
): string {
  return String(lines.find(({ message }) => message === 'serving HTTP')?.fields['address'])
}

async function get(url: string): Promise<string> {
  const response = await fetch(url)
  return `${response.status} ${await response.text()}`
}

describe('runSidecar', () => {
  it("works with filled caches and the driver's facts, and finishes when told to", async () => {
    await using world = await startSidecarWorld()
    const client = world.api.client()
    const spec = {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      csi: { driver: 'd', volumeHandle: 'h' },
    }
    await client.resource(resources.persistentVolumes).create({ metadata: { name: 'pv-1' }, spec }, ctx)
    const run = world.run()
    const deps = await run.working
    expect(deps.informers.informer(resources.persistentVolumes).lister.size).toBe(1)
    expect(deps.driverInfo.name).toBe('mock.csi.example.com')
    expect(deps.driverInfo.controllerCapabilities.size).toBeGreaterThan(0)
    run.stop()
    expect(await run.ended).toEqual({ kind: 'finished' })
    expect(new Set(world.api.requests.all().map(({ userAgent }) => userAgent))).toContain('csi-test/1.2.3')
  })

  it("leads under upstream's lease name and identity, says so in events, and gives the lease back", async () => {
    await using world = await startSidecarWorld()
    const client = world.api.client()
    const run = world.run([...quickElection, '--leader-election-labels=team:storage'])
    await run.working
    const held = await client.resource(resources.leases).get(lease, ctx)
    expect(held.spec?.holderIdentity).toBe('host-1')
    expect(held.metadata.labels).toEqual({ team: 'storage' })
    run.stop()
    expect(await run.ended).toEqual({ kind: 'finished' })
    expect((await client.resource(resources.leases).get(lease, ctx)).spec?.holderIdentity ?? '').toBe('')
    const events = await client.resource(resources.events).listAll({ namespace: 'kube-system' }, ctx)
    expect(events.items.map(({ message, source }) => `${source?.component}: ${message}`)).toEqual([
      'external-test-leader-mock.csi.example.com/host-1: host-1 became leader',
      'external-test-leader-mock.csi.example.com/host-1: host-1 stopped leading',
    ])
  })

  it('renews its lease in time, whatever limit the work has', async () => {
    await using world = await startSidecarWorld()
    const run = world.run([...quickElection, '--kube-api-qps=0.001', '--kube-api-burst=1'])
    await run.working
    const renewals = () =>
      world.api.requests
        .all()
        .filter(({ resource, verb, code }) => resource === 'leases' && verb === 'update' && code === 200)
    await expect.poll(() => renewals().length, { timeout: 10_000 }).toBeGreaterThan(3)
  })

  it('a standby does not work, and takes over when the leader is gone', async () => {
    await using world = await startSidecarWorld()
    const first = world.run(quickElection)
    await first.working
    const leases = world.api.client().resource(resources.leases)
    const held = await leases.get(lease, ctx)
    const taken = { ...held, spec: { ...held.spec, holderIdentity: 'host-2' } }
    await leases.update(taken, ctx)
    expect(await first.ended).toEqual({ kind: 'lost-lease', message: 'stopped leading' })
    const second = world.run(quickElection)
    await second.working // host-2 is silent
    expect((await leases.get(lease, ctx)).spec?.holderIdentity).toBe('host-1')
  })

  it('ends when the driver goes away, leading or not, and gives the lease back', async () => {
    await using world = await startSidecarWorld()
    const run = world.run(quickElection)
    await run.working
    await world.serving.close()
    expect(await run.ended).toEqual({ kind: 'lost-driver', message: 'Lost connection to CSI driver, exiting' })
    const { spec } = await world.api.client().resource(resources.leases).get(lease, ctx)
    expect(spec?.holderIdentity ?? '').toBe('')
  })

  it('serves metrics of the process, the client, the caches and the driver, and the health of the election', async () => {
    await using world = await startSidecarWorld()
    const run = world.run([...quickElection, '--http-endpoint=127.0.0.1:0', '--metrics-path=/m'])
    await run.working
    const address = `http://${addressIn(run.lines)}`
    const metrics = await get(`${address}/m`)
    for (const sample of [
      'csi_sidecar_operations_seconds_count{driver_name="unknown-driver",method_name="/csi.v1.Identity/Probe",grpc_status_code="OK"} 1',
      'csi_sidecar_operations_seconds_count{driver_name="mock.csi.example.com",method_name="/csi.v1.Identity/GetPluginCapabilities",grpc_status_code="OK"} 1',
      'csi_informer_synced{resource="persistentvolumes"} 1',
      'leader_election_master_status{name=""} 1',
      'process_start_time_seconds ',
      'rest_client_requests_total{',
    ]) {
      expect(metrics).toContain(`\n${sample}`)
    }
    expect(await get(`${address}/healthz/leader-election`)).toBe('200 ok')
    expect(await get(`${address}/metrics`)).toMatch(/^404/)
  })

  it.each([
    { why: 'only metrics were asked for', argv: [...quickElection, '--metrics-address=127.0.0.1:0'] },
    { why: 'there is no election', argv: ['--http-endpoint=127.0.0.1:0'] },
  ])('has no election health when $why', async ({ argv }) => {
    await using world = await startSidecarWorld()
    const run = world.run(argv)
    await run.working
    const address = `http://${addressIn(run.lines)}`
    expect(await get(`${address}/healthz/leader-election`)).toMatch(/^404/)
    expect(await get(`${address}/metrics`)).toMatch(/^200/)
  })

  it('labels the metrics of a driver that replaces an in-tree plugin', async () => {
    await using world = await startSidecarWorld({ driverName: 'ebs.csi.aws.com' })
    const run = world.run(['--http-endpoint=127.0.0.1:0'], { migration: true })
    expect((await run.working).driverInfo.migratedFrom).toBe('kubernetes.io/aws-ebs')
    expect(await get(`http://${addressIn(run.lines)}/metrics`)).toMatch(
      /csi_sidecar_operations_seconds_count\{driver_name="ebs.csi.aws.com",method_name="\/csi.v1.Identity\/GetPluginCapabilities",grpc_status_code="OK",migrated="false"\} 1/,
    )
  })

  it('does not label those of any other driver', async () => {
    await using world = await startSidecarWorld()
    const run = world.run(['--http-endpoint=127.0.0.1:0'], { migration: true })
    await run.working
    expect(await get(`http://${addressIn(run.lines)}/metrics`)).not.toContain('migrated=')
  })

  it('is stopped while it waits for the driver to become ready', async () => {
    await using world = await startSidecarWorld()
    const probe = world.driver.script.before('Probe', { kind: 'hold' })
    const run = world.run()
    await probe.reached
    run.stop()
    expect(await run.ended).toEqual({ kind: 'finished' })
    probe.release()
  })

  it.each([
    {
      why: 'two addresses',
      argv: ['--http-endpoint=:1', '--metrics-address=:2'],
      message: 'only one of --metrics-address',
    },
    { why: 'no unix socket', argv: ['--csi-address=localhost:1'], message: '--csi-address must be /path' },
    { why: 'no kubeconfig file', argv: ['--kubeconfig=/does/not/exist'], message: 'cannot reach the cluster' },
    { why: 'an address that is no address', argv: ['--http-endpoint=nonsense'], message: 'cannot serve HTTP' },
  ])('fails in one line for $why', async ({ argv, message }) => {
    await using world = await startSidecarWorld()
    expect(await world.run(argv).ended).toMatchObject({
      kind: 'failed',
      message: expect.stringContaining(message) as unknown,
    })
  })

  it('fails with what a driver says that cannot answer', async () => {
    await using world = await startSidecarWorld()
    world.driver.script.before('GetPluginInfo', { kind: 'fail', code: 13, message: 'no idea' })
    expect(await world.run().ended).toMatchObject({
      kind: 'failed',
      message: 'cannot use the CSI driver',
      error: { message: 'no idea' },
    })
  })

  it('fails with what the sidecar says when it cannot be made, and passes usage errors on', async () => {
    await using world = await startSidecarWorld()
    const failing = world.run([], { create: () => Promise.reject(new Error('no such API')) })
    expect(await failing.ended).toEqual({
      kind: 'failed',
      message: 'csi-test cannot start',
      error: new Error('no such API'),
    })
    const refused = world.run([], { create: () => Promise.reject(new UsageError('--timeout is wrong')) })
    await expect(refused.ended).rejects.toThrow(UsageError)
    const times = world.run(['--leader-election', '--leader-election-retry-period=1h'])
    await expect(times.ended).rejects.toThrow('--leader-election-renew-deadline (10s) must be greater than 1.2 times')
  })

  it('hands on why the sidecar ended', async () => {
    await using world = await startSidecarWorld()
    const reason = { kind: 'failed', message: 'nothing left to do' } as const
    const run = world.run([], { create: () => ({ name: 'test', run: () => Promise.resolve(reason) }) })
    expect(await run.ended).toEqual(reason)
    const broken = world.run([], { create: () => ({ name: 'test', run: () => Promise.reject(new Error('a bug')) }) })
    expect(await broken.ended).toEqual({ kind: 'failed', message: 'csi-test failed', error: new Error('a bug') })
  })
})
