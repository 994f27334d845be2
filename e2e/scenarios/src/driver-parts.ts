import { type Cluster, type ComponentSpec, type RunningComponent, resources } from '@csi-ts/kube-cluster/port'
import { driverName } from './storage-objects.ts'

/** The processes of one driver deployment. */
export interface DriverParts {
  readonly driver: RunningComponent
  readonly registrar: RunningComponent
  readonly provisioner: RunningComponent
  readonly livenessprobe: RunningComponent
}

/**
 * Starts the driver and its sidecars, waits until the node knows the driver, runs the body, and stops them. A failure
 * carries the end of every process's output.
 */
export async function withDriver<T>(
  cluster: Cluster,
  options: { readonly provisioner?: Partial<ComponentSpec> },
  body: (parts: DriverParts, start: (spec: ComponentSpec) => Promise<RunningComponent>) => Promise<T>,
): Promise<T> {
  const started: RunningComponent[] = []
  // A component that ends by itself fails the scenario at once; one that was killed or stopped was told to.
  const died = Promise.withResolvers<never>()
  died.promise.catch(() => undefined)
  const start = async (spec: ComponentSpec): Promise<RunningComponent> => {
    const component = await cluster.start(spec)
    started.push(component)
    void component.exited.then(({ code }) => {
      if (code !== null) died.reject(new Error(`${component.name} has ended with ${code}`))
    })
    return component
  }
  try {
    await cluster.apply(resources.csiDrivers, {
      metadata: { name: driverName },
      spec: { attachRequired: false, podInfoOnMount: true },
    })
    const driver = await start({ component: 'driver-hostpath' })
    const provisioner = await start({ component: 'external-provisioner', ...options.provisioner })
    const registrar = await start({ component: 'node-driver-registrar' })
    const livenessprobe = await start({ component: 'livenessprobe' })
    const registered = cluster.waitFor(
      resources.csiNodes,
      { name: cluster.nodeName },
      `${driverName} to be registered`,
      ({ spec }) => (spec?.drivers ?? []).some(({ name }) => name === driverName),
    )
    await Promise.race([registered, died.promise])
    return await Promise.race([body({ driver, registrar, provisioner, livenessprobe }, start), died.promise])
  } catch (error) {
    const outputs = started.map(
      (component) => `--- ${component.name}\n${component.output().split('\n').slice(-25).join('\n')}`,
    )
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n${outputs.join('\n')}`, {
      cause: error,
    })
  } finally {
    // The driver last: the others still have something to take back.
    for (const component of started.toReversed()) await component.stop()
  }
}
