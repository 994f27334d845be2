import { describe, expect, it } from 'vitest'
import { errorText } from './error-text.ts'

describe('errorText', () => {
  it.each([
    { error: new Error('plain'), text: 'plain' },
    { error: new Error('outer', { cause: new Error('middle', { cause: 'inner' }) }), text: 'outer: middle: inner' },
    { error: new Error('outer: inner', { cause: new Error('inner') }), text: 'outer: inner' },
    { error: new RangeError(), text: 'RangeError' },
    { error: new AggregateError([new Error('a'), new Error('b')], 'both'), text: 'both: a; b' },
    { error: 'a string', text: 'a string' },
    { error: undefined, text: 'undefined' },
    { error: 5n, text: '5' },
    { error: { message: 'looks like one' }, text: 'looks like one' },
    { error: Object.create(null), text: 'a thrown object' },
  ])('is $text', ({ error, text }) => {
    expect(errorText(error)).toBe(text)
  })

  it('ends for an error that is its own cause, and for one whose message throws', () => {
    const loop = new Error('round')
    loop.cause = loop
    expect(errorText(loop)).toBe('round')
    const broken = Object.defineProperty(new Error(), 'message', { get: () => expect.unreachable() })
    expect(errorText(broken)).toBe('<unprintable error>')
  })
})

it('does not say twice what a gRPC status says', () => {
  const cause = new Error('volume is in use')
  expect(errorText(new Error('rpc error: code = FailedPrecondition desc = volume is in use', { cause }))).toBe(
    'rpc error: code = FailedPrecondition desc = volume is in use',
  )
})
