import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KeyedLocks, KeyHeldError } from './keyed-locks.ts'

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>()
  return { passed: promise, open: resolve }
}

describe('KeyedLocks.run', () => {
  it('lets work on one key run one after the other, in order of arrival', async () => {
    const locks = new KeyedLocks()
    const seen: string[] = []
    const first = gate()
    const all = ['a', 'b', 'c'].map((name) =>
      locks.run('key', async () => {
        seen.push(`${name} in`)
        if (name === 'a') await first.passed
        seen.push(`${name} out`)
      }),
    )
    expect(seen).toEqual(['a in']) // taken before the first await
    first.open()
    await Promise.all(all)
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out'])
    expect(locks.isHeld('key')).toBe(false)
  })

  it('lets the key go when the work fails', async () => {
    const locks = new KeyedLocks()
    await expect(locks.run('key', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(locks.isHeld('key')).toBe(false)
  })

  it('gives up its place when the signal fires, without disturbing the others', async () => {
    const locks = new KeyedLocks()
    const holder = gate()
    const held = locks.run('b', () => holder.passed)
    const controller = new AbortController()
    const waiting = locks.run(['a', 'b'], async () => expect.unreachable(), { signal: controller.signal })
    const next = locks.run('b', async () => 'next')
    expect(locks.isHeld('a')).toBe(true)
    controller.abort(new Error('gone'))
    await expect(waiting).rejects.toThrow('gone')
    expect(locks.isHeld('a')).toBe(false)
    holder.open()
    await held
    expect(await next).toBe('next')
  })

  it('never runs two at once on a key and never blocks for ever, whatever sets of keys are asked for', async () => {
    const keySets = fc.array(fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 }), { maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(keySets, async (sets) => {
        const locks = new KeyedLocks()
        const busy = new Set<string>()
        const work = sets.map((keys) =>
          locks.run(keys, async () => {
            expect(keys.filter((key) => busy.has(key))).toEqual([])
            for (const key of keys) busy.add(key)
            await new Promise((resolve) => setImmediate(resolve))
            for (const key of keys) busy.delete(key)
          }),
        )
        await Promise.all(work)
        expect(['a', 'b', 'c', 'd'].filter((key) => locks.isHeld(key))).toEqual([])
      }),
    )
  })
})

describe('KeyedLocks.tryRun', () => {
  it('refuses a held key by name and takes none of the others', async () => {
    const locks = new KeyedLocks()
    const holder = gate()
    const held = locks.run('b', () => holder.passed)
    const refused = locks.tryRun(['a', 'b'], async () => expect.unreachable())
    expect(locks.isHeld('a')).toBe(false)
    await expect(refused).rejects.toMatchObject({ constructor: KeyHeldError, key: 'b' })
    holder.open()
    await held
    expect(await locks.tryRun(['a', 'b'], async () => 'now')).toBe('now')
  })

  it('holds the key before it returns', async () => {
    const locks = new KeyedLocks()
    const first = locks.tryRun('key', async () => 'first')
    await expect(locks.tryRun('key', async () => 'second')).rejects.toThrow('an operation on "key" is in progress')
    expect(await first).toBe('first')
  })
})
