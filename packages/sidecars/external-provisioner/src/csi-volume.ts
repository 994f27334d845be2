import { AccessMode, type Volume } from '@csi-ts/csi-proto'
import { annotations, formatBytes, type PersistentVolume } from '@csi-ts/kube-api'
import type { NewVolume, ProvisionRequest } from '@csi-ts/kube-provision'
import { isBlock } from '@csi-ts/kube-volumes'
import type { CreateVolumePlan } from './create-volume-request.ts'
import type { DriverFacts } from './driver-facts.ts'
import { toNodeAffinity } from './node-affinity.ts'

/** Settings that shape the PersistentVolume. */
export interface CsiVolumeSettings {
  /** Which provisioner process made the volume, for people who read it. */
  readonly identity: string
  readonly controllerPublishReadonly: boolean
}

/** Key of {@link CsiVolumeSettings.identity} in a volume's attributes. */
const identityAttribute = 'storage.kubernetes.io/csiProvisionerIdentity'

type CsiSource = NonNullable<PersistentVolume['spec']['csi']>

/** The PersistentVolume for a volume that the driver has made. The provision controller adds what all volumes have. */
export function toPersistentVolume(
  { claim, storageClass, volumeName }: ProvisionRequest,
  plan: CreateVolumePlan,
  made: Volume,
  driver: DriverFacts,
  settings: CsiVolumeSettings,
): NewVolume {
  const { accessModes, volumeMode } = claim.spec
  const { mountOptions, reclaimPolicy } = storageClass
  const nodeAffinity = driver.topology ? toNodeAffinity(made.accessibleTopology) : undefined
  // A capacity of 0 means that the driver does not know; the API refuses it.
  const capacityBytes = made.capacityBytes === 0n ? plan.requestedBytes : made.capacityBytes
  return {
    metadata: { name: volumeName, annotations: secretAnnotations(plan) },
    spec: {
      accessModes: [...(accessModes ?? [])],
      capacity: { storage: formatBytes(capacityBytes) },
      csi: toCsiSource(plan, made, driver, settings, volumeMode),
      ...(mountOptions === undefined ? {} : { mountOptions: [...mountOptions] }),
      ...(nodeAffinity === undefined ? {} : { nodeAffinity }),
      ...(reclaimPolicy === undefined ? {} : { persistentVolumeReclaimPolicy: reclaimPolicy }),
      ...(plan.volumeAttributesClassName === undefined
        ? {}
        : { volumeAttributesClassName: plan.volumeAttributesClassName }),
      ...(volumeMode === undefined ? {} : { volumeMode }),
    },
  }
}

function toCsiSource(
  { fsType, request, secrets }: CreateVolumePlan,
  made: Volume,
  driver: DriverFacts,
  settings: CsiVolumeSettings,
  volumeMode: string | undefined,
): CsiSource {
  const modes = request.volumeCapabilities.map((capability) => capability.accessMode?.mode)
  const readOnly =
    settings.controllerPublishReadonly && modes.length === 1 && modes[0] === AccessMode.MULTI_NODE_READER_ONLY
  return {
    driver: driver.name,
    volumeHandle: made.volumeId,
    // The driver's context comes last: what it says about its volume wins.
    volumeAttributes: { [identityAttribute]: settings.identity, ...made.volumeContext },
    ...(fsType === '' || isBlock(volumeMode) ? {} : { fsType }),
    ...(readOnly ? { readOnly } : {}),
    ...(secrets.controllerPublish && { controllerPublishSecretRef: secrets.controllerPublish }),
    ...(secrets.nodeStage && { nodeStageSecretRef: secrets.nodeStage }),
    ...(secrets.nodePublish && { nodePublishSecretRef: secrets.nodePublish }),
    ...(secrets.controllerExpand && { controllerExpandSecretRef: secrets.controllerExpand }),
    ...(secrets.nodeExpand && { nodeExpandSecretRef: secrets.nodeExpand }),
  }
}

/** Secrets that outlive the class: the deletion pair is always there, empty when there is none. */
function secretAnnotations({ secrets }: CreateVolumePlan): Record<string, string> {
  return {
    [annotations.deletionSecretName]: secrets.provisioner?.name ?? '',
    [annotations.deletionSecretNamespace]: secrets.provisioner?.namespace ?? '',
    ...(secrets.controllerModify && {
      [annotations.modifySecretName]: secrets.controllerModify.name,
      [annotations.modifySecretNamespace]: secrets.controllerModify.namespace,
    }),
  }
}
