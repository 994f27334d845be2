import { type PersistentVolume, resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { addNeed, cacheId, type Needs, type ResourceNeed } from './needs.ts'

const volumes: ResourceNeed<PersistentVolume> = {
  resource: resources.persistentVolumes,
  verbs: ['get', 'list', 'watch'],
  fields: ['spec.csi.driver'],
  indexes: { byDriver: (volume) => [volume.spec?.csi?.driver ?? ''] },
}

describe('addNeed', () => {
  it('unites fields and indexes of several needs', () => {
    const byName = ({ metadata }: { readonly metadata: { readonly name: string } }): string[] => [metadata.name]
    const other: ResourceNeed<PersistentVolume> = {
      ...volumes,
      fields: ['spec.csi.driver', 'status'],
      indexes: { byName },
    }
    const needs: Needs = [volumes, other]
    const cache = needs.reduce<ReturnType<typeof addNeed> | undefined>(addNeed, undefined)
    expect(cache?.fields).toEqual(['spec.csi.driver', 'status'])
    expect([...(cache?.indexes.keys() ?? [])]).toEqual(['byDriver', 'byName'])
  })

  it('is optional only when every need is', () => {
    const optional = addNeed(undefined, { ...volumes, optional: true })
    expect(optional.optional).toBe(true)
    expect(addNeed(optional, volumes).optional).toBe(false)
  })

  it('refuses a cached need without the verbs of a cache: RBAC is generated from it', () => {
    expect(() => addNeed(undefined, { ...volumes, verbs: ['get', 'list'] })).toThrow(
      'a cached need of persistentvolumes must name the verb watch',
    )
  })

  it('refuses one index name with two meanings', () => {
    const cache = addNeed(undefined, volumes)
    expect(() => addNeed(cache, { ...volumes, indexes: { byDriver: () => ['other'] } })).toThrow(
      'index byDriver of persistentvolumes is declared twice, by different functions',
    )
    expect(addNeed(cache, volumes).indexes.size).toBe(1)
  })
})

describe('cacheId', () => {
  it('is equal exactly when the objects are', () => {
    const { pods, persistentVolumes, events, eventsV1 } = resources
    const ids = [
      cacheId(pods),
      cacheId(persistentVolumes),
      cacheId(events),
      cacheId(eventsV1),
      cacheId(pods, { namespace: 'a' }),
      cacheId(pods, { labelSelector: 'a' }),
      cacheId(pods, { fieldSelector: 'a' }),
      cacheId(pods, { metadataOnly: true }),
    ]
    expect(new Set(ids).size).toBe(ids.length)
    expect(cacheId(pods, {})).toBe(cacheId(pods))
  })
})
