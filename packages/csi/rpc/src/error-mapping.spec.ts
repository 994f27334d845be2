import { DeadlineExceededError, KeyHeldError } from '@csi-ts/concurrency'
import { describe, expect, it } from 'vitest'
import { Code } from './code.ts'
import { CsiError, isFinalError } from './csi-error.ts'
import { canceled, fromStatus, toCsiError, toStatus } from './error-mapping.ts'

describe('toCsiError', () => {
  it('passes CsiErrors', () => {
    const error = new CsiError(Code.NotFound, 'gone')
    expect(toCsiError(error)).toBe(error)
  })

  it.each([
    { what: 'a key that is held', error: new KeyHeldError('volume v'), code: Code.Aborted },
    {
      what: 'work that ran out of time',
      error: new DeadlineExceededError('mount: context deadline exceeded'),
      code: Code.DeadlineExceeded,
    },
    { what: 'a timed out signal', error: new DOMException('timed out', 'TimeoutError'), code: Code.DeadlineExceeded },
    { what: 'an aborted operation', error: new DOMException('aborted', 'AbortError'), code: Code.Canceled },
  ])('answers $what with a code that is not final: work may still be running (must get right 4)', ({ error, code }) => {
    const mapped = toCsiError(error)
    expect(mapped).toMatchObject({ code, cause: error })
    expect(isFinalError(mapped)).toBe(false)
  })

  it.each([new Error('/etc/secret'), 'a string', undefined, { code: 5, message: 'not ours' }])(
    'answers anything else with Internal and nothing of its text: %s (must get right 5)',
    (thrown) => {
      expect(toCsiError(thrown)).toMatchObject({
        code: Code.Internal,
        message: 'internal error, see the log of the driver',
        cause: thrown,
      })
    },
  )
})

describe('toStatus', () => {
  it('has only a code and a message', () => {
    expect(toStatus(new CsiError(Code.NotFound, 'gone', { cause: new Error('why') }))).toEqual({
      code: Code.NotFound,
      details: 'gone',
    })
  })
})

describe('fromStatus', () => {
  it.each([
    {
      why: 'our own deadline',
      status: { code: 4, details: 'Deadline exceeded after 0.302s,LB pick: 0.001s,remote_addr=/csi.sock' },
      expected: { code: Code.DeadlineExceeded, message: 'context deadline exceeded' },
    },
    {
      why: "the deadline as the driver's library saw it",
      status: { code: 4, details: 'Deadline exceeded' },
      expected: { code: Code.DeadlineExceeded, message: 'context deadline exceeded' },
    },
    {
      why: 'a deadline of the driver',
      status: { code: 4, details: 'array: Deadline exceeded after all' },
      expected: { code: Code.DeadlineExceeded, message: 'array: Deadline exceeded after all' },
    },
    {
      why: 'a stream that died with its connection',
      status: { code: 1, details: 'Call cancelled' },
      expected: { code: Code.Unavailable, message: 'the connection was lost' },
    },
    {
      why: 'a driver that answers Canceled',
      status: { code: 1, details: 'the array cancelled it' },
      expected: { code: Code.Canceled, message: 'the array cancelled it' },
    },
    {
      why: 'no connection',
      status: {
        code: 14,
        details: 'No connection established. Last error: Error: connect ENOENT /csi.sock. Resolution note: ',
      },
      expected: { code: Code.Unavailable, message: 'no connection: connect ENOENT /csi.sock' },
    },
    {
      why: 'a code that gRPC does not define',
      status: { code: 42, details: 'eh' },
      expected: { code: Code.Unknown, message: 'eh' },
    },
  ])('reads $why', ({ status, expected }) => {
    expect(fromStatus(status, undefined)).toMatchObject(expected)
  })

  it('knows who cancelled', () => {
    const reason = new Error('shutting down')
    const error = fromStatus({ code: 1, details: 'Call cancelled' }, AbortSignal.abort(reason))
    expect(error).toMatchObject({ code: Code.Canceled, message: 'context canceled', cause: reason })
  })
})

describe('canceled', () => {
  it.each([
    {
      why: 'a CsiError',
      reason: new CsiError(Code.Unavailable, 'stopping'),
      expected: { code: Code.Unavailable, message: 'stopping' },
    },
    {
      why: 'a deadline',
      reason: new DeadlineExceededError('probe: context deadline exceeded'),
      expected: { code: Code.DeadlineExceeded, message: 'probe: context deadline exceeded' },
    },
    { why: 'anything else', reason: 'because', expected: { code: Code.Canceled, message: 'context canceled' } },
  ])('tells the reason of the signal when it is $why', ({ reason, expected }) => {
    expect(canceled(AbortSignal.abort(reason))).toMatchObject(expected)
  })
})
