import { describe, expect, it } from 'vitest'
import { Code, codeName, toCode } from './code.ts'

describe('codeName', () => {
  it('spells every code as Go does', () => {
    const names = Array.from({ length: 17 }, (_, code) => codeName(code))
    expect(names.join(' ')).toBe(
      'OK Canceled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists PermissionDenied ResourceExhausted ' +
        'FailedPrecondition Aborted OutOfRange Unimplemented Internal Unavailable DataLoss Unauthenticated',
    )
  })

  it('shows the number of a code that gRPC does not define', () => {
    expect(codeName(99)).toBe('Code(99)')
  })
})

describe('toCode', () => {
  it.each([-1, 17, 2.5])('takes %d for Unknown', (value) => {
    expect(toCode(value)).toBe(Code.Unknown)
  })

  it('keeps what gRPC defines', () => {
    expect(toCode(5)).toBe(Code.NotFound)
  })
})
