import type { CreateVolumeRequest } from '@csi-ts/csi-proto'
import { quantityToBytes } from '@csi-ts/kube-api'
import type { ProvisionRequest } from '@csi-ts/kube-provision'
import {
  resolveFsType,
  resolveSecretRef,
  type SecretLocation,
  type SecretUse,
  stripReservedParameters,
  toVolumeCapabilities,
} from '@csi-ts/kube-volumes'
import type { DriverFacts } from './driver-facts.ts'

/** Settings that shape the request. */
export interface CreateVolumeSettings {
  readonly defaultFsType: string
  readonly extraCreateMetadata: boolean
  /** Whether `volumeAttributesClassName` of claims is honoured. */
  readonly volumeAttributesClass: boolean
}

/** Everything that is known before the driver or the API server is asked. */
export interface CreateVolumePlan {
  /** Without secrets and mutable parameters, which have to be read first. */
  readonly request: CreateVolumeRequest
  readonly requestedBytes: bigint
  readonly fsType: string
  /** The secrets of the class by use; `provisioner` goes into the request. */
  readonly secrets: Readonly<Partial<Record<SecretUse, SecretLocation>>>
  /** Class of the claim's mutable parameters. */
  readonly volumeAttributesClassName: string | undefined
}

const secretUses: readonly SecretUse[] = [
  'provisioner',
  'controllerPublish',
  'nodeStage',
  'nodePublish',
  'controllerExpand',
  'nodeExpand',
  'controllerModify',
]

/**
 * From claim and class to CreateVolume.
 *
 * @throws Error that says what is wrong with the claim, the class or the driver, in the order in which upstream checks
 */
export function planCreateVolume(
  { claim, storageClass, volumeName }: ProvisionRequest,
  driver: DriverFacts,
  settings: CreateVolumeSettings,
): CreateVolumePlan {
  const { spec } = claim
  const parameters = storageClass.parameters ?? {}
  const volumeAttributesClassName = settings.volumeAttributesClass
    ? spec.volumeAttributesClassName || undefined
    : undefined

  if (driver.cannotProvision !== undefined) throw new Error(driver.cannotProvision)
  if (volumeAttributesClassName !== undefined && !driver.modifiesVolumes) {
    throw new Error(
      'CSI driver does not support VolumeAttributesClass: controller MODIFY_VOLUME capability is not reported',
    )
  }
  if (spec.selector !== undefined) throw new Error('claim Selector is not supported')

  const fsType = resolveFsType(parameters, settings.defaultFsType)
  const volumeCapabilities = toVolumeCapabilities(
    {
      accessModes: spec.accessModes ?? [],
      volumeMode: spec.volumeMode,
      fsType,
      mountFlags: storageClass.mountOptions ?? [],
    },
    driver,
  )
  const requestedBytes = quantityToBytes(spec.resources?.requests?.['storage'] ?? '0')
  const claimName = { name: claim.metadata.name, namespace: claim.metadata.namespace ?? '' }
  const subject = { volumeName, claim: claimName, claimAnnotations: claim.metadata.annotations }
  const secrets = Object.fromEntries(
    secretUses.flatMap((use) => {
      const location = resolveSecretRef(use, parameters, subject)
      return location === undefined ? [] : [[use, location] as const]
    }),
  )
  return {
    requestedBytes,
    fsType,
    secrets,
    volumeAttributesClassName,
    request: {
      name: volumeName,
      capacityRange: { requiredBytes: requestedBytes, limitBytes: 0n },
      volumeCapabilities,
      parameters: {
        ...stripReservedParameters(parameters),
        ...(settings.extraCreateMetadata ? metadataParameters(claimName, volumeName) : {}),
      },
      secrets: {},
      mutableParameters: {},
    },
  }
}

/** Added after the reserved keys are gone, so that a class cannot supply them. */
function metadataParameters(claim: { name: string; namespace: string }, volumeName: string): Record<string, string> {
  return {
    'csi.storage.k8s.io/pvc/name': claim.name,
    'csi.storage.k8s.io/pvc/namespace': claim.namespace,
    'csi.storage.k8s.io/pv/name': volumeName,
  }
}
