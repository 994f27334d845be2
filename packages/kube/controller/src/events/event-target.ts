import type { ObjectReference } from '@csi-ts/kube-api'

/** What an event can be about: any object, cached ones too. */
export interface EventTarget {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string | undefined
    readonly uid?: string | undefined
    readonly resourceVersion?: string | undefined
  }
}

/** The reference that goes into the event. */
export function referenceTo({ apiVersion, kind, metadata }: EventTarget): ObjectReference {
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
}
