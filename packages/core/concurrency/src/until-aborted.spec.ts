import { describe, expect, it } from 'vitest'
import { untilAborted } from './until-aborted.ts'

describe('untilAborted', () => {
  it('resolves when the signal fires, and not before', async () => {
    const stop = new AbortController()
    let ended = false
    const waiting = untilAborted(stop.signal).then(() => {
      ended = true
    })
    await new Promise((resolve) => setImmediate(resolve))
    expect(ended).toBe(false)
    stop.abort(new Error('enough'))
    expect(await waiting).toBeUndefined()
  })

  it('resolves at once for a signal that has fired', async () => {
    expect(await untilAborted(AbortSignal.abort())).toBeUndefined()
  })
})
