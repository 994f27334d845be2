import { customResourceDefinition } from '../custom/definition-strategy.ts'
import { configMap, lease, namespace, node, role, roleBinding, secret, serviceAccount } from './core.ts'
import { event, eventV1 } from './event.ts'
import { persistentVolume } from './persistent-volume.ts'
import { persistentVolumeClaim } from './persistent-volume-claim.ts'
import { pod } from './pod.ts'
import {
  csiDriver,
  csiNode,
  csiStorageCapacity,
  storageClass,
  volumeAttachment,
  volumeAttributesClass,
} from './storage.ts'
import type { Strategy } from './strategy.ts'

/** The rules of each built-in kind, by `GROUP/PLURAL`; a kind that is not here has only the general ones. */
export const strategies: Readonly<Record<string, Strategy>> = {
  '/configmaps': configMap,
  '/events': event,
  '/namespaces': namespace,
  '/nodes': node,
  '/persistentvolumeclaims': persistentVolumeClaim,
  '/persistentvolumes': persistentVolume,
  '/pods': pod,
  '/secrets': secret,
  '/serviceaccounts': serviceAccount,
  'apiextensions.k8s.io/customresourcedefinitions': customResourceDefinition,
  'apps/daemonsets': { generation: 'from-create' },
  'apps/deployments': { generation: 'from-create' },
  'apps/replicasets': { generation: 'from-create' },
  'apps/statefulsets': { generation: 'from-create' },
  'batch/cronjobs': { generation: 'from-create' },
  'batch/jobs': { generation: 'from-create' },
  'coordination.k8s.io/leases': lease,
  'events.k8s.io/events': eventV1,
  'policy/poddisruptionbudgets': { generation: 'from-create', updatesUnconditionally: false },
  'rbac.authorization.k8s.io/clusterrolebindings': roleBinding,
  'rbac.authorization.k8s.io/clusterroles': role,
  'rbac.authorization.k8s.io/rolebindings': roleBinding,
  'rbac.authorization.k8s.io/roles': role,
  'scheduling.k8s.io/priorityclasses': { generation: 'from-create' },
  'storage.k8s.io/csidrivers': csiDriver,
  'storage.k8s.io/csinodes': csiNode,
  'storage.k8s.io/csistoragecapacities': csiStorageCapacity,
  'storage.k8s.io/storageclasses': storageClass,
  'storage.k8s.io/volumeattachments': volumeAttachment,
  'storage.k8s.io/volumeattributesclasses': volumeAttributesClass,
}
