import { type Clock, withDeadline } from '@csi-ts/concurrency'
import type { DriverConnection } from '@csi-ts/csi-client'
import type { Volume } from '@csi-ts/csi-proto'
import { CsiError, toGoErrorText } from '@csi-ts/csi-rpc'
import { keyOf, resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import type { EventRecorder } from '@csi-ts/kube-controller'
import {
  type ClassView,
  type DeleteOutcome,
  eventReasons,
  type Provisioner,
  type ProvisionOutcome,
  type ProvisionRequest,
  type ProvisionState,
} from '@csi-ts/kube-provision'
import { deprecatedParameters } from '@csi-ts/kube-volumes'
import type { WorkContext } from '@csi-ts/telemetry'
import { type CreateVolumePlan, type CreateVolumeSettings, planCreateVolume } from './create-volume-request.ts'
import { type CsiVolumeSettings, toPersistentVolume } from './csi-volume.ts'
import { planDataSource } from './data-source.ts'
import { readDeletionSecrets } from './deletion-secrets-reader.ts'
import type { DriverFacts } from './driver-facts.ts'
import { isInfeasible, toProvisionState } from './provision-state.ts'
import { readSecret } from './secret-reader.ts'
import { toVolumeName, type VolumeNaming } from './volume-name.ts'

/** What the CSI provisioner works with. */
export interface CsiProvisionerDeps {
  readonly controller: Pick<DriverConnection['controller'], 'createVolume' | 'deleteVolume'>
  readonly driver: DriverFacts
  readonly client: KubeClient
  readonly events: Pick<EventRecorder, 'normal'>
  readonly clock: Clock
  /** A class by name, when it exists. */
  readonly findClass: (name: string) => ClassView | undefined
  /** The node that a volume is attached to, by the volume's name. */
  readonly findAttachedNode: (volumeName: string) => string | undefined
}

/** Settings of {@link createCsiProvisioner}. */
export interface CsiProvisionerSettings extends CreateVolumeSettings, CsiVolumeSettings {
  readonly naming: VolumeNaming
  /** Deadline of every call to the driver. */
  readonly timeoutMs: number
  /** Whether claims may name data sources in other namespaces. */
  readonly crossNamespace: boolean
}

/** How often the storage of a volume that is too small is asked to go, within one deadline. */
const cleanupTries = 5

/** Makes and deletes volumes through a CSI driver. */
export function createCsiProvisioner(deps: CsiProvisionerDeps, settings: CsiProvisionerSettings): Provisioner {
  const { client, clock, controller, driver, events } = deps
  const { timeoutMs } = settings

  async function provision(request: ProvisionRequest, ctx: WorkContext): Promise<ProvisionOutcome> {
    const { claim, storageClass } = request
    let prepared: Prepared
    try {
      const source = planDataSource(claim, settings)
      if (source.kind === 'populator') {
        events.normal(claim, eventReasons.provisioning, 'Assuming an external populator will provision the volume')
        return { kind: 'ignored', reason: `a populator fills volumes from ${source.sourceKind}` }
      }
      if (source.kind !== 'none') throw new Error(unsupportedSource(source.kind, driver))
      prepared = await prepare(request, ctx)
    } catch (error) {
      // The driver was not asked: whatever was known about the volume before still holds.
      return failed('noChange', error)
    }
    for (const { key, replacement } of deprecatedParameters(storageClass.parameters ?? {})) {
      ctx.log.warn('deprecated class parameter', { storageClass: storageClass.metadata.name, key, replacement })
    }
    return await create(request, prepared, ctx)
  }

  async function prepare(request: ProvisionRequest, ctx: WorkContext): Promise<Prepared> {
    const plan = planCreateVolume(request, driver, settings)
    const { provisioner } = plan.secrets
    return {
      plan,
      secrets: provisioner === undefined ? {} : await readSecret(client, provisioner, ctx),
      mutableParameters:
        plan.volumeAttributesClassName === undefined
          ? {}
          : await readMutableParameters(plan.volumeAttributesClassName, ctx),
    }
  }

  async function readMutableParameters(name: string, ctx: WorkContext): Promise<Record<string, string>> {
    const attributesClass = await client.resource(resources.volumeAttributesClasses).get({ name }, ctx)
    if (attributesClass.driverName !== driver.name) {
      throw new Error(
        `VolumeAttributesClass ${name} is for driver ${attributesClass.driverName}: must be for ${driver.name}`,
      )
    }
    return { ...attributesClass.parameters }
  }

  async function create(
    request: ProvisionRequest,
    { plan, secrets, mutableParameters }: Prepared,
    ctx: WorkContext,
  ): Promise<ProvisionOutcome> {
    let made: Volume | undefined
    try {
      const response = await controller.createVolume(
        { ...plan.request, secrets, mutableParameters },
        { ...ctx, timeoutMs },
      )
      made = response.volume
    } catch (error) {
      const state = toProvisionState(error, {
        mayReschedule: driver.topology && request.selectedNode !== undefined,
      })
      return { ...failed(state, error), infeasible: isInfeasible(error) }
    }
    if (made === undefined || made.volumeId === '') {
      return failed('background', new Error('the driver answered CreateVolume without a volume'))
    }
    if (made.capacityBytes !== 0n && made.capacityBytes < plan.requestedBytes) {
      const why = `created volume capacity ${made.capacityBytes} less than requested capacity ${plan.requestedBytes}`
      return failed('background', new Error(`${why}${await cleanUp(made.volumeId, secrets, ctx)}`))
    }
    const volume = toPersistentVolume(request, plan, made, driver, settings)
    ctx.log
      .v(2)
      .info('volume created', { volume: request.volumeName, claim: keyOf(request.claim), handle: made.volumeId })
    return { kind: 'provisioned', volume }
  }

  /** Deletes a volume that cannot be used; what is returned ends the error's text. */
  async function cleanUp(volumeId: string, secrets: Record<string, string>, ctx: WorkContext): Promise<string> {
    return await withDeadline(
      timeoutMs,
      async (signal) => {
        let last: unknown
        for (let tries = 0; tries < cleanupTries; tries++) {
          try {
            await controller.deleteVolume({ volumeId, secrets }, { ...ctx, signal })
            return ''
          } catch (error) {
            last = error
          }
        }
        return `. Cleanup of volume ${volumeId} failed, volume is orphaned: ${toGoErrorText(last)}`
      },
      { signal: ctx.signal, clock, what: `cleanup of volume ${volumeId}` },
    )
  }

  const deleteStorage: Provisioner['deleteStorage'] = async (volume, ctx): Promise<DeleteOutcome> => {
    const volumeId = volume.spec.csi?.volumeHandle
    if (volumeId === undefined) throw new Error('invalid CSI PV')
    if (driver.cannotProvision !== undefined) throw new Error(driver.cannotProvision)
    const secrets = await readDeletionSecrets(volume, deps, ctx)
    const name = volume.metadata.name ?? ''
    const node = deps.findAttachedNode(name)
    if (node !== undefined) {
      return { kind: 'inUse', reason: `persistentvolume ${name} is still attached to node ${node}` }
    }
    try {
      await controller.deleteVolume({ volumeId, secrets }, { ...ctx, timeoutMs })
    } catch (error) {
      throw new Error(toGoErrorText(error), { cause: error })
    }
    return { kind: 'deleted' }
  }

  return {
    names: [driver.name],
    volumeName: (claim) => toVolumeName(claim.metadata.uid ?? '', settings.naming),
    owns: (volume) => volume.spec.csi?.driver === driver.name,
    storageId: (volume) => volume.spec.csi?.volumeHandle,
    provision,
    deleteStorage,
  }
}

interface Prepared {
  readonly plan: CreateVolumePlan
  readonly secrets: Record<string, string>
  readonly mutableParameters: Record<string, string>
}

function failed(state: ProvisionState, cause: unknown): Extract<ProvisionOutcome, { kind: 'failed' }> {
  // Events carry Go's text of a status, which people and tools know.
  const error =
    cause instanceof Error && !(cause instanceof CsiError) ? cause : new Error(toGoErrorText(cause), { cause })
  return { kind: 'failed', state, error }
}

function unsupportedSource(kind: 'snapshot' | 'claim', driver: DriverFacts): string {
  if (kind === 'snapshot' && !driver.restoresSnapshots) {
    return 'CSI driver does not support snapshot restore: controller CREATE_DELETE_SNAPSHOT capability is not reported'
  }
  if (kind === 'claim' && !driver.clonesVolumes) {
    return 'CSI driver does not support clone operations: controller CLONE_VOLUME capability is not reported'
  }
  const what = kind === 'snapshot' ? 'restoring a VolumeSnapshot' : 'cloning a PersistentVolumeClaim'
  return `${what} is not supported by this version: the claim must name no data source`
}
