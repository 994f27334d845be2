import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Change, Collection, StoredObject } from './collection.ts'
import { Store } from './store.ts'

const object = (name: string) => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name } })
const texts = (objects: Iterable<StoredObject> | undefined) =>
  objects === undefined ? undefined : Array.from(objects, ({ key, revision }) => `${key}@${revision}`)

/** Random writes and removals of a few keys; what was there after each. */
function play(steps: readonly { readonly key: string; readonly isRemoval: boolean }[]): {
  readonly store: Store
  readonly collection: Collection
  readonly history: ReadonlyMap<number, string[] | undefined>
} {
  const store = new Store(1000)
  const collection = store.collection('things')
  const history = new Map<number, string[] | undefined>([[store.revision, []]])
  for (const { key, isRemoval } of steps) {
    if (isRemoval) store.remove('things', key, object(key))
    else store.write('things', key, object(key))
    history.set(store.revision, texts(collection.range('')))
  }
  return { store, collection, history }
}

const steps = fc.array(fc.record({ key: fc.constantFrom('a/x', 'a/y', 'b/x', 'b/y'), isRemoval: fc.boolean() }), {
  maxLength: 40,
})

describe('Collection', () => {
  it('lists the past as it was', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const { collection, history } = play(taken)
        for (const [revision, then] of history) expect(texts(collection.rangeAt(revision, ''))).toEqual(then)
      }),
    )
  })

  it('turns any past state into the present one by its changes', () => {
    fc.assert(
      fc.property(steps, (taken) => {
        const { collection, history } = play(taken)
        for (const [revision, then] of history) {
          const state = new Map((then ?? []).map((text) => [text.split('@')[0], text]))
          for (const { type, current } of collection.changesSince(revision) ?? []) {
            if (type === 'DELETED') state.delete(current.key)
            else state.set(current.key, `${current.key}@${current.revision}`)
          }
          expect([...state.values()].toSorted()).toEqual(texts(collection.range('')))
        }
      }),
    )
  })

  it('lists a namespace, and from a key on', () => {
    const { collection } = play(['a/x', 'b/x', 'a/y'].map((key) => ({ key, isRemoval: false })))
    expect(texts(collection.range('a/'))).toEqual(['a/x@2', 'a/y@4'])
    expect(texts(collection.range('', 'a/y'))).toEqual(['a/y@4', 'b/x@3'])
  })

  it('does not know what is older than its history', () => {
    const store = new Store(2)
    for (let index = 0; index < 10; index += 1) store.write('things', 'a', object('a'))
    const collection = store.collection('things')
    expect(collection.changesSince(1)).toBeUndefined()
    expect(collection.rangeAt(1, '')).toBeUndefined()
    expect(collection.changesSince(store.revision - 2)).toHaveLength(2)
    store.forgetHistory()
    expect(collection.changesSince(store.revision - 1)).toBeUndefined()
    expect(collection.changesSince(store.revision)).toEqual([])
  })

  it('tells its listeners of each change until they leave', () => {
    const store = new Store(10)
    const seen: string[] = []
    const leave = store
      .collection('things')
      .subscribe(({ type, current }: Change) => seen.push(`${type} ${current.key}`))
    store.write('things', 'a', object('a'))
    store.write('things', 'a', object('a'))
    store.remove('things', 'a', object('a'))
    leave()
    store.write('things', 'b', object('b'))
    expect(seen).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
  })
})
