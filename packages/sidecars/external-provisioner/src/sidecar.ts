import { resources } from '@csi-ts/kube-api'
import { createProvisionController } from '@csi-ts/kube-provision'
import { FeatureGateError, packageVersion, resolveFeatureGates } from '@csi-ts/process'
import type { Sidecar, SidecarDeps, SidecarModule } from '@csi-ts/sidecar-kit'
import { createCsiProvisioner } from './csi-provisioner.ts'
import { toDriverFacts } from './driver-facts.ts'
import { featureGates } from './feature-gates.ts'
import { flags, type ProvisionerOptions } from './flags.ts'
import { attachedVolumeIndex, provisionerNeeds } from './provisioner-needs.ts'
import { checkUnsupportedOptions, unsupportedDriverFeatures } from './unsupported-options.ts'

/**
 * The provisioner over what every sidecar is given. It runs until its signal fires; then it takes no new work and finishes
 * what is in hand.
 *
 * @throws UsageError for an option that asks for what this version lacks; FeatureGateError for an unknown gate
 */
export function createExternalProvisioner(deps: SidecarDeps, options: ProvisionerOptions): Sidecar {
  const { client, clock, driverInfo, events, informers, log, metrics } = deps
  const gates = resolveFeatureGates(featureGates, options.featureGates, { warn: (message) => log.warn(message) })
  const driver = toDriverFacts(driverInfo, { topology: gates.Topology })
  for (const warning of [...checkUnsupportedOptions(options), ...unsupportedDriverFeatures(driver)]) log.warn(warning)

  const classes = informers.informer(resources.storageClasses).lister
  const attachments = driver.attaches ? informers.informer(resources.volumeAttachments) : undefined
  const provisioner = createCsiProvisioner(
    {
      controller: deps.driver.controller,
      driver,
      client,
      events,
      clock,
      findClass: (name) => classes.get(name),
      findAttachedNode: (volumeName) => attachments?.lister.byIndex(attachedVolumeIndex, volumeName)[0]?.spec.nodeName,
    },
    {
      naming: { prefix: options.volumeNamePrefix, uuidLength: options.volumeNameUuidLength },
      timeoutMs: options.timeoutMs,
      defaultFsType: options.defaultFsType,
      extraCreateMetadata: options.extraCreateMetadata,
      controllerPublishReadonly: options.controllerPublishReadonly,
      volumeAttributesClass: gates.VolumeAttributesClass,
      crossNamespace: gates.CrossNamespaceVolumeDataSource,
      identity: `${clock.now()}-${Math.floor(Math.random() * 10_000)}-${driver.name}`,
    },
  )
  const controller = createProvisionController(
    { provisioner, client, informers, events, metrics, clock, log },
    {
      workers: options.workerThreads,
      retryIntervalStartMs: options.retryIntervalStartMs,
      retryIntervalMaxMs: options.retryIntervalMaxMs,
    },
  )
  attachments?.addHandler({
    // A volume that only waited for its detach need not wait for its backoff as well.
    delete({ spec: { source } }) {
      if (source.persistentVolumeName !== undefined) controller.enqueueVolume(source.persistentVolumeName)
    },
  })
  return {
    name: 'external-provisioner',
    async run(ctx) {
      await controller.run(ctx)
      return { kind: 'finished' }
    },
  }
}

/** The sidecar as `runSidecar` and the combined process start it. */
export const externalProvisioner: SidecarModule<ProvisionerOptions> = {
  name: 'csi-provisioner',
  version: packageVersion(import.meta.url),
  flags,
  kubeconfigFromEnv: true,
  migration: true,
  mistake(options) {
    checkUnsupportedOptions(options)
    try {
      resolveFeatureGates(featureGates, options.featureGates)
      return undefined
    } catch (error) {
      if (error instanceof FeatureGateError) return error.message
      throw error
    }
  },
  needs: (driver, options) =>
    provisionerNeeds(
      toDriverFacts(driver, { topology: resolveFeatureGates(featureGates, options.featureGates).Topology }),
    ),
  create: createExternalProvisioner,
  // The driver's name alone, unlike the other sidecars: old and new replicas must exclude each other in an upgrade.
  leaseName: (driverName) => driverName,
  callTimeoutMs: (options) => options.timeoutMs,
  eventComponent: (driverName) => driverName,
  // Given back unless the gate says not to: the next leader need not wait for the lease to run out.
  releaseLease: ({ featureGates: given }) =>
    !('ReleaseLeaderElectionOnExit' in given) || resolveFeatureGates(featureGates, given).ReleaseLeaderElectionOnExit,
  master: (options) => options.master,
}
