import type { ClaimView } from '@csi-ts/kube-provision'

/** What a claim wants its volume to be filled from. */
export type DataSourcePlan =
  | { readonly kind: 'none' }
  | { readonly kind: 'snapshot'; readonly name: string; readonly namespace: string }
  | { readonly kind: 'claim'; readonly name: string; readonly namespace: string }
  /** Of a kind that some populator knows: the volume is not ours to make. */
  | { readonly kind: 'populator'; readonly sourceKind: string }

/**
 * Reads the data source of a claim: `dataSource` wins over `dataSourceRef`.
 *
 * @throws Error when the source has no name, is a snapshot of an unknown API group, or is in another namespace without
 * the feature for it
 */
export function planDataSource(
  { metadata, spec }: ClaimView,
  options: { readonly crossNamespace: boolean },
): DataSourcePlan {
  const source = spec.dataSource ?? spec.dataSourceRef
  if (source === undefined) return { kind: 'none' }

  const namespace = spec.dataSource === undefined ? spec.dataSourceRef?.namespace : undefined
  if (namespace !== undefined && namespace !== '' && !options.crossNamespace) {
    throw new Error('dataSourceRef namespace specified but the CrossNamespaceVolumeDataSource feature is disabled')
  }
  if (source.name === '') throw new Error(`the PVC source of kind ${source.kind} must have a name`)

  const place = { name: source.name, namespace: namespace || (metadata.namespace ?? '') }
  switch (source.kind) {
    case 'VolumeSnapshot':
      if (source.apiGroup !== 'snapshot.storage.k8s.io') {
        throw new Error(
          `the PVC source of kind VolumeSnapshot is of API group ${JSON.stringify(source.apiGroup ?? '')}: ` +
            'must be "snapshot.storage.k8s.io"',
        )
      }
      return { kind: 'snapshot', ...place }
    case 'PersistentVolumeClaim':
      return { kind: 'claim', ...place }
    default:
      return { kind: 'populator', sourceKind: source.kind }
  }
}
