import type { PersistentVolume } from '@csi-ts/kube-api'
import { resources } from '@csi-ts/kube-api'
import type { KubeClient } from '@csi-ts/kube-client'
import { silentLogger } from '@csi-ts/telemetry'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { MemoryApi } from '../testing/index.ts'
import { type Cached, deepFreeze } from './cached.ts'

describe('Cached', () => {
  it('is refused by writes at compile time', async () => {
    const client: KubeClient = new MemoryApi().client()
    const volumes = client.resource(resources.persistentVolumes)
    const cached = {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: 'a' },
    } as unknown as Cached<PersistentVolume>
    const ctx = { signal: AbortSignal.abort(new Error('never sent')), log: silentLogger }
    // @ts-expect-error a cached object lacks the fields that nobody named: writing it would erase them
    await expect(volumes.update(cached, ctx)).rejects.toThrow('never sent')
    // @ts-expect-error the same holds for its status
    await expect(volumes.updateStatus(cached, ctx)).rejects.toThrow('never sent')
  })

  it('has nothing to assign to', () => {
    expectTypeOf<Cached<PersistentVolume>['metadata']['finalizers']>().toEqualTypeOf<readonly string[] | undefined>()
    const change = (cached: Cached<PersistentVolume>): void => {
      // @ts-expect-error readonly
      cached.metadata.name = 'b'
    }
    const frozen = deepFreeze({ metadata: { name: 'a' } }) as unknown as Cached<PersistentVolume>
    expect(() => change(frozen)).toThrow(TypeError)
  })
})

describe('deepFreeze', () => {
  it('freezes at every depth, and copes with what is frozen or no object', () => {
    const value = deepFreeze({ list: [{ a: 1 }], nothing: null, text: 't' })
    expect(Object.isFrozen(value.list[0])).toBe(true)
    expect(deepFreeze(value)).toBe(value)
    expect(deepFreeze(undefined)).toBeUndefined()
  })
})
