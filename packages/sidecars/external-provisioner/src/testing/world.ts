import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '@csi-ts/concurrency'
import { type ServingDriver, serveCsi } from '@csi-ts/driver-sdk'
import { type PersistentVolume, type PersistentVolumeClaim, resources, type StorageClass } from '@csi-ts/kube-api'
import { createKubeClient, type KubeClient, type Patch } from '@csi-ts/kube-client'
import { type EmbeddedApiServer, type FaultProxy, startEmbeddedCluster, startFaultProxy } from '@csi-ts/kube-cluster'
import { createEventRecorder, createInformers, createManager, type UnnamedFieldError } from '@csi-ts/kube-controller'
import { createMockDriver, type MockDriver, type MockDriverOptions } from '@csi-ts/mock-driver'
import { parseFlags } from '@csi-ts/process'
import { commonFlags, connectReadyDriver } from '@csi-ts/sidecar-kit'
import { createMetrics, type MetricsRegistry, silentLogger, type WorkContext } from '@csi-ts/telemetry'
import { createLogRecorder, type RecordedLine } from '@csi-ts/telemetry/testing'
import { flags } from '../flags.ts'
import { externalProvisioner } from '../sidecar.ts'
import { createWaits, type Waits } from './waits.ts'

const storageProvisioner = 'volume.kubernetes.io/storage-provisioner'

/** How a {@link World} is set up. */
export interface WorldOptions {
  readonly driver?: MockDriverOptions
  /** Flags of the provisioner; retries are quick unless they say otherwise. */
  readonly argv?: readonly string[]
  /** Default true; without it, {@link World.startProvisioner} starts it. */
  readonly start?: boolean
}

/** An API server, a driver on a real socket, and a provisioner between them. */
export interface World extends Waits {
  readonly driver: MockDriver
  readonly serving: ServingDriver
  readonly api: EmbeddedApiServer
  /** Between the provisioner and the API server. */
  readonly proxy: FaultProxy
  /** An administrator's, past the proxy. */
  readonly client: KubeClient
  readonly ctx: WorkContext
  /** Of the provisioner that was started last. */
  readonly metrics: MetricsRegistry
  readonly log: readonly RecordedLine[]
  /** Starts a provisioner as a new process would; the one before must have been stopped. */
  startProvisioner(): Promise<void>
  /** Stops the provisioner at once, as the end of its process would. */
  stopProvisioner(): Promise<void>
  createClass(change?: Partial<StorageClass>): Promise<StorageClass>
  createClaim(change?: ClaimChange): Promise<PersistentVolumeClaim>
  /** Waits for the volume of a claim. */
  volumeOf(claim: PersistentVolumeClaim): Promise<PersistentVolume>
  /** Deletes a claim that no pod uses, and does what the protection controller then does. */
  deleteClaim(claim: PersistentVolumeClaim): Promise<void>
  /** What PV controller and protection controller do when the claim of a volume has been deleted. */
  release(volume: PersistentVolume): Promise<void>
  /** Writes of the provisioner so far, as `create persistentvolumes 201`. */
  writes(): readonly string[]
  /** Objects that the provisioner read one by one, as `secrets 200`. */
  reads(): readonly string[]
  close(): Promise<void>
}

/** What a test changes of the claim `shop/data` for 1 GiB. */
export interface ClaimChange {
  readonly name?: string
  /** Default: the driver's name; undefined for none. */
  readonly provisioner?: string | undefined
  readonly annotations?: Record<string, string>
  /** A field that is undefined is left out. */
  readonly spec?: { readonly [K in keyof PersistentVolumeClaim['spec']]?: PersistentVolumeClaim['spec'][K] | undefined }
}

/** Starts everything. Each test ends it with {@link World.close}, which fails when the provisioner read a field that it has not named. */
export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const stop = new AbortController()
  const ctx: WorkContext = { signal: stop.signal, log: silentLogger }
  const folder = await mkdtemp(join(tmpdir(), 'provisioner-'))
  const endpoint = `unix://${folder}/csi.sock`
  const driver = createMockDriver(options.driver)
  const serving = await serveCsi(driver.driver, { endpoint, log: silentLogger, signal: stop.signal })
  const api = await startEmbeddedCluster()
  const proxy = await startFaultProxy({ upstream: api.config, log: silentLogger })
  const client = api.client('test')
  const recorder = createLogRecorder()
  const violations: UnnamedFieldError[] = []
  const argv = ['--retry-interval-start=20ms', '--retry-interval-max=200ms', ...(options.argv ?? [])]
  const { values } = parseFlags({ ...flags, ...commonFlags }, argv)
  await client.resource(resources.namespaces).create({ metadata: { name: 'shop' } }, ctx)

  const waits = createWaits(client, ctx)
  let metrics = createMetrics()
  let running: { readonly end: AbortController; readonly done: Promise<void> } | undefined

  async function startProvisioner(): Promise<void> {
    const end = new AbortController()
    const work: WorkContext = { signal: end.signal, log: recorder.log }
    const connected = await connectReadyDriver({ address: endpoint, timeoutMs: 5000, clock: systemClock }, work)
    const mine = createKubeClient({ config: proxy.config, userAgent: 'csi-provisioner/test', log: recorder.log })
    const informers = createInformers({
      client: mine,
      log: recorder.log,
      freeze: true,
      strictFields: (violation) => violations.push(violation),
    })
    informers.register(externalProvisioner.needs(connected.info, values))
    metrics = createMetrics()
    const events = createEventRecorder({ client: mine, component: connected.info.name, log: recorder.log })
    const sidecar = await externalProvisioner.create(
      {
        driver: connected.connection,
        driverInfo: connected.info,
        client: mine,
        informers,
        events,
        metrics,
        clock: systemClock,
        log: recorder.log,
      },
      values,
    )
    const manager = createManager({
      informers,
      drainMs: 0,
      runnables: [{ run: async (c) => void (await sidecar.run(c)) }],
    })
    const run = async (): Promise<void> => {
      try {
        await manager.run(work)
      } finally {
        // What is being written when the client closes would leave connections behind.
        await events.flush({ signal: AbortSignal.timeout(2000) }).catch(() => undefined)
        events.close()
        connected.connection.close()
        mine.close()
      }
    }
    const done = run()
    running = { end, done }
    await informers.synced(work)
  }

  async function stopProvisioner(): Promise<void> {
    running?.end.abort(new Error('stopped by the test'))
    await running?.done
    running = undefined
  }

  const world: World = {
    driver,
    serving,
    api,
    proxy,
    client,
    ctx,
    log: recorder.lines,
    get metrics() {
      return metrics
    },
    startProvisioner,
    stopProvisioner,
    createClass: (change) =>
      client.resource(resources.storageClasses).create(
        {
          metadata: { name: 'fast' },
          provisioner: driver.driver.name,
          reclaimPolicy: 'Delete',
          volumeBindingMode: 'Immediate',
          ...change,
        },
        ctx,
      ),
    createClaim({ name = 'data', annotations = {}, spec = {}, ...change } = {}) {
      const provisioner = 'provisioner' in change ? change.provisioner : driver.driver.name
      const assigned = provisioner === undefined ? {} : { [storageProvisioner]: provisioner }
      const all = {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'fast',
        ...spec,
      }
      return client.resource(resources.persistentVolumeClaims).create(
        {
          metadata: { name, namespace: 'shop', annotations: { ...assigned, ...annotations } },
          spec: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)),
        },
        ctx,
      )
    },
    ...waits,
    volumeOf: (claim) => waits.waitFor(resources.persistentVolumes, { name: `pvc-${claim.metadata.uid}` }, () => true),
    async deleteClaim({ metadata }) {
      const claims = client.resource(resources.persistentVolumeClaims)
      const ref = { name: metadata.name, namespace: 'shop' }
      await claims.delete(ref, ctx)
      await claims.patch(ref, withoutFinalizer('kubernetes.io/pvc-protection'), ctx)
    },
    async release({ metadata: { name } }) {
      const volumes = client.resource(resources.persistentVolumes)
      await volumes.patch({ name }, withoutFinalizer('kubernetes.io/pv-protection'), ctx)
      const body = { status: { phase: 'Released' } }
      await volumes.patch({ name }, { type: 'merge', body }, ctx, { subresource: 'status' })
    },
    writes: () =>
      api.requests
        .all()
        .filter(
          ({ userAgent, verb }) => userAgent.startsWith('csi-provisioner') && !['get', 'list', 'watch'].includes(verb),
        )
        .map(({ verb, resource, code }) => `${verb} ${resource} ${code}`),
    reads: () =>
      api.requests
        .all()
        .filter(({ userAgent, verb }) => userAgent.startsWith('csi-provisioner') && verb === 'get')
        .map(({ resource, code }) => `${resource} ${code}`),
    async close() {
      await stopProvisioner()
      stop.abort()
      await serving.closed
      await proxy.close()
      await api.close()
      await rm(folder, { recursive: true, force: true })
      if (violations.length > 0)
        throw new AggregateError(violations, violations.map(({ message }) => message).join('; '))
    },
  }
  if (options.start !== false) await startProvisioner()
  return world
}

function withoutFinalizer(finalizer: string): Patch {
  return { type: 'strategic', body: { metadata: { '$deleteFromPrimitiveList/finalizers': [finalizer] } } }
}
