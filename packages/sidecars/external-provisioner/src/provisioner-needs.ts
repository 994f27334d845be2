import { resources, type VolumeAttachment } from '@csi-ts/kube-api'
import type { DeepReadonly, IndexFunction, Needs, ResourceNeed } from '@csi-ts/kube-controller'
import { provisionNeeds } from '@csi-ts/kube-provision'
import type { DriverFacts } from './driver-facts.ts'

/** Name of the index of VolumeAttachments by the name of their volume. */
export const attachedVolumeIndex = 'persistentVolumeName'

const byVolume: IndexFunction<VolumeAttachment> = (attachment: DeepReadonly<VolumeAttachment>) => {
  const { persistentVolumeName } = attachment.spec.source
  return persistentVolumeName === undefined ? [] : [persistentVolumeName]
}

const attachments: ResourceNeed<VolumeAttachment> = {
  resource: resources.volumeAttachments,
  verbs: ['get', 'list', 'watch'],
  fields: ['spec.source.persistentVolumeName', 'spec.nodeName'],
  indexes: { [attachedVolumeIndex]: byVolume },
}

/** What this sidecar reads and writes, given what the driver can do. */
export function provisionerNeeds(driver: Pick<DriverFacts, 'attaches'>): Needs {
  return [
    ...provisionNeeds,
    {
      resource: resources.persistentVolumeClaims,
      verbs: ['get', 'list', 'watch', 'update'],
      fields: [
        // Whole: templates of secrets may name any annotation.
        'metadata.annotations',
        'spec.accessModes',
        'spec.dataSource',
        'spec.dataSourceRef',
        'spec.resources.requests',
        'spec.selector',
        'spec.volumeAttributesClassName',
        'spec.volumeMode',
      ],
    },
    // The rest of a volume is read from the API server when its storage is deleted.
    {
      resource: resources.persistentVolumes,
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
      fields: ['spec.csi.driver'],
    },
    {
      resource: resources.storageClasses,
      verbs: ['get', 'list', 'watch'],
      fields: ['mountOptions', 'parameters', 'reclaimPolicy'],
    },
    { resource: resources.secrets, verbs: ['get'] },
    { resource: resources.volumeAttributesClasses, verbs: ['get'] },
    ...(driver.attaches ? [attachments] : []),
  ]
}
