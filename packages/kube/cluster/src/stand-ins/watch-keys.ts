import type { KubeObject } from '@csi-ts/kube-api'
import type { Cached, Informer } from '@csi-ts/kube-controller'

/** Calls `changed` with every object that was added, updated or deleted: all that a level-based controller asks. */
export function watchKeys<T extends KubeObject>(informer: Informer<T>, changed: (object: Cached<T>) => void): void {
  informer.addHandler({ add: changed, update: changed, delete: changed })
}
