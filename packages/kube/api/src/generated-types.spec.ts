import { readFile } from 'node:fs/promises'
import type {
  CoreV1Event,
  V1CSIDriver,
  V1CustomResourceDefinition,
  V1Lease,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
  V1Pod,
  V1StorageClass,
} from '@kubernetes/client-node'
import { describe, expect, expectTypeOf, it } from 'vitest'
import type {
  CoreEvent,
  CSIDriver,
  CustomResourceDefinition,
  Lease,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  StorageClass,
} from './generated/kube-types.ts'
import type { KubeObject, Wire } from './object.ts'

/** What an object of the official client lacks in our types: the fields that a server always sends. */
type Served<T extends { spec?: unknown }> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata' | 'spec'> &
  KubeObject & { spec: NonNullable<Wire<T>['spec']> }
type ServedWhole<T> = Omit<Wire<T>, 'apiVersion' | 'kind' | 'metadata'> & KubeObject

describe('generated types', () => {
  it("are the official client's, with times as text", () => {
    expectTypeOf<Served<V1PersistentVolume>>().toExtend<PersistentVolume>()
    expectTypeOf<Served<V1PersistentVolumeClaim>>().toExtend<PersistentVolumeClaim>()
    expectTypeOf<ServedWhole<V1StorageClass>>().toExtend<StorageClass>()
    expectTypeOf<Served<V1CSIDriver>>().toExtend<CSIDriver>()
    expectTypeOf<Served<V1Pod>>().toExtend<Pod>()
    expectTypeOf<Served<V1Lease>>().toExtend<Lease>()
    expectTypeOf<ServedWhole<CoreV1Event>>().toExtend<CoreEvent>()
    expectTypeOf<NonNullable<PersistentVolume['metadata']['creationTimestamp']>>().toEqualTypeOf<string>()
    expectTypeOf<PersistentVolume['spec']>().not.toBeAny()
  })

  it('have the field names of the API where the official client renames them', () => {
    type Schema = NonNullable<NonNullable<CustomResourceDefinition['spec']['versions'][0]['schema']>['openAPIV3Schema']>
    expectTypeOf<Schema>().toHaveProperty('default')
    expectTypeOf<Schema>().toHaveProperty('enum')
    expectTypeOf<Schema>().toHaveProperty('x-kubernetes-preserve-unknown-fields')
    expectTypeOf<V1CustomResourceDefinition>().toHaveProperty('spec')
  })

  it('are all exported', async () => {
    const read = (path: string): Promise<string> => readFile(new URL(path, import.meta.url), 'utf8')
    const generated = [...(await read('generated/kube-types.ts')).matchAll(/^export interface (\w+)/gm)].map(
      ([, name]) => name,
    )
    const list = /export type \{([^}]*)\} from '\.\/generated/.exec(await read('index.ts'))?.[1] ?? ''
    expect(
      list
        .split(',')
        .map((name) => name.trim())
        .filter(Boolean),
    ).toEqual(expect.arrayContaining(generated))
    expect(generated.length).toBeGreaterThan(200)
  })
})
