import { type KubeObject, keyOf } from '@csi-ts/kube-api'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Cached } from './cached.ts'
import { Store } from './store.ts'

interface Item extends KubeObject {
  color?: string
}

function item(name: string, version: number, color = 'red', uid = `uid-${name}`): Cached<Item> {
  const object: Item = {
    apiVersion: 'v1',
    kind: 'Item',
    metadata: { name, namespace: 'ns', uid, resourceVersion: String(version) },
    color,
  }
  return object as unknown as Cached<Item>
}

function toItem(o: { name: string; color: string; version: number }): Cached<Item> {
  return item(o.name, o.version, o.color)
}

function setup() {
  const errors: string[] = []
  const store = new Store<Item>((index) => errors.push(index))
  store.addIndex('byColor', ({ color }) => (color === undefined ? [] : color.split('+')))
  return { store, errors }
}

describe('Store', () => {
  it('finds an object by key and by reference', () => {
    const { store } = setup()
    store.set(item('a', 1))
    expect(store.get('ns/a')).toBe(store.get({ namespace: 'ns', name: 'a' }))
    expect(store.get('ns/a')?.metadata.name).toBe('a')
    expect(store.get('a')).toBeUndefined()
  })

  it('moves an object between index values as it changes', () => {
    const { store } = setup()
    store.set(item('a', 1, 'red+blue'))
    store.set(item('a', 2, 'blue+green'))
    expect(['red', 'blue', 'green'].map((color) => store.byIndex('byColor', color).length)).toEqual([0, 1, 1])
    store.delete('ns/a')
    expect(store.byIndex('byColor', 'blue')).toEqual([])
  })

  it('says which index nobody declared', () => {
    expect(() => setup().store.byIndex('byShape', 'round')).toThrow('no need declares the index byShape')
  })

  it('fills an index that is added later', () => {
    const { store } = setup()
    store.set(item('a', 1))
    store.addIndex('byName', ({ metadata }) => [metadata.name])
    expect(store.byIndex('byName', 'a')).toHaveLength(1)
  })

  it('an index function that throws hides the object from its index only', () => {
    const { store, errors } = setup()
    store.addIndex('broken', () => {
      throw new Error('no')
    })
    store.set(item('a', 1))
    expect(store.byIndex('broken', 'a')).toEqual([])
    expect(store.byIndex('byColor', 'red')).toHaveLength(1)
    expect(errors).toEqual(['broken'])
  })

  it('replace tells only of what changed, and deletions before additions', () => {
    const { store } = setup()
    for (const name of ['same', 'changed', 'gone', 'again']) store.set(item(name, 1))
    const deltas = store.replace([
      item('same', 1),
      item('changed', 2),
      item('new', 3),
      item('again', 4, 'red', 'uid-2'),
    ])
    expect(
      deltas.map((delta) => [delta.kind, (delta.kind === 'delete' ? delta.before : delta.now).metadata.name]),
    ).toEqual([
      ['delete', 'gone'],
      ['delete', 'again'],
      ['update', 'changed'],
      ['add', 'new'],
      ['add', 'again'],
    ])
  })

  it('agrees with a plain map, index and all, whatever happens (model)', () => {
    const name = fc.constantFrom('a', 'b', 'c')
    const color = fc.constantFrom('red', 'blue', 'red+blue')
    const one = fc.record({ name, color, version: fc.integer({ min: 1, max: 5 }) })
    const step = fc.oneof(
      one.map((set) => ({ set })),
      name.map((remove) => ({ remove })),
      fc.uniqueArray(one, { selector: (object) => object.name }).map((all) => ({ all })),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        const { store } = setup()
        const model = new Map<string, Cached<Item>>()
        for (const action of steps) {
          let told: unknown
          let expected: unknown
          if ('set' in action) {
            const object = toItem(action.set)
            told = store.set(object).kind
            expected = model.has(keyOf(object)) ? 'update' : 'add'
            model.set(keyOf(object), object)
          } else if ('remove' in action) {
            told = store.delete(`ns/${action.remove}`)?.kind
            expected = model.delete(`ns/${action.remove}`) ? 'delete' : undefined
          } else {
            const objects = action.all.map(toItem)
            store.replace(objects)
            const before = new Map(model)
            model.clear()
            for (const object of objects) {
              const known = before.get(keyOf(object))
              // The same version is the same object, whatever a list says.
              const kept = known?.metadata.resourceVersion === object.metadata.resourceVersion ? known : object
              model.set(keyOf(object), kept ?? object)
            }
          }
          expect(told).toBe(expected)
          expect(new Set(store.list())).toEqual(new Set(model.values()))
          for (const value of ['red', 'blue']) {
            const colored = [...model.values()].filter((object) => object.color?.split('+').includes(value))
            expect(new Set(store.byIndex('byColor', value))).toEqual(new Set(colored))
          }
        }
      }),
    )
  })
})
