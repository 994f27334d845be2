import { Code, CsiError, codeName } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { isInfeasible, toProvisionState } from './provision-state.ts'

const background: readonly Code[] = [Code.Canceled, Code.DeadlineExceeded, Code.Unavailable, Code.Aborted]
const finished: readonly Code[] = [
  Code.InvalidArgument,
  Code.Unknown,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Internal,
  Code.DataLoss,
  Code.Unauthenticated,
]

describe('toProvisionState', () => {
  it.each([
    ...background.map((code) => ({ code, expected: 'background' })),
    ...finished.map((code) => ({ code, expected: 'finished' })),
  ])('of $code is $expected, wherever a node was selected (must get right 63)', ({ code, expected }) => {
    for (const mayReschedule of [true, false]) {
      expect(toProvisionState(new CsiError(code, codeName(code)), { mayReschedule })).toBe(expected)
    }
  })

  it('reschedules for exhausted resources when another node may do', () => {
    const full = new CsiError(Code.ResourceExhausted, 'full')
    expect(toProvisionState(full, { mayReschedule: true })).toBe('reschedule')
    expect(toProvisionState(full, { mayReschedule: false })).toBe('finished')
  })

  it('takes what is no answer of the driver for an open outcome', () => {
    expect(toProvisionState(new Error('socket hang up'), { mayReschedule: true })).toBe('background')
  })
})

describe('isInfeasible', () => {
  it('holds for InvalidArgument alone', () => {
    expect(isInfeasible(new CsiError(Code.InvalidArgument, 'no'))).toBe(true)
    expect(isInfeasible(new CsiError(Code.OutOfRange, 'no'))).toBe(false)
    expect(isInfeasible(new Error('no'))).toBe(false)
  })
})
