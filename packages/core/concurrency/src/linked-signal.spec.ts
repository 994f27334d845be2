import { getEventListeners } from 'node:events'
import { describe, expect, it } from 'vitest'
import { linkSignals } from './linked-signal.ts'

describe('linkSignals', () => {
  it('fires with any parent, with its reason, and lets go of all parents', () => {
    const [a, b] = [new AbortController(), new AbortController()]
    const { signal } = linkSignals(a.signal, undefined, b.signal)
    b.abort('because')
    expect(signal.reason).toBe('because')
    expect(getEventListeners(a.signal, 'abort')).toEqual([])
  })

  it('has fired already when a parent has', () => {
    const late = new AbortController()
    const { signal } = linkSignals(late.signal, AbortSignal.abort('before'), AbortSignal.abort('second'))
    expect(signal.reason).toBe('before')
    expect(getEventListeners(late.signal, 'abort')).toEqual([])
  })

  it('can be fired alone', () => {
    const parent = new AbortController()
    const linked = linkSignals(parent.signal)
    linked.abort('mine')
    expect(linked.signal.reason).toBe('mine')
    expect(parent.signal.aborted).toBe(false)
  })

  it('leaves nothing on a long-lived parent after dispose, and no longer follows it', () => {
    const parent = new AbortController()
    const links = Array.from({ length: 100 }, () => linkSignals(parent.signal))
    expect(getEventListeners(parent.signal, 'abort')).toHaveLength(100)
    for (const link of links) link[Symbol.dispose]()
    parent.abort()
    expect(getEventListeners(parent.signal, 'abort')).toEqual([])
    expect(links.some((link) => link.signal.aborted)).toBe(false)
  })
})
