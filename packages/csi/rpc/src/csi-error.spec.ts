import { describe, expect, it } from 'vitest'
import { Code, codeName } from './code.ts'
import { CsiError, isFinalError, toGoErrorText } from './csi-error.ts'

describe('CsiError', () => {
  it('is recognised when another copy of the package made it', async () => {
    const specifier = './csi-error.ts?copy'
    const copy = (await import(specifier)) as typeof import('./csi-error.ts')
    expect(copy.CsiError).not.toBe(CsiError)
    expect(new copy.CsiError(Code.NotFound, 'gone')).toBeInstanceOf(CsiError)
  })

  it('is told from other errors', () => {
    expect(new Error('no')).not.toBeInstanceOf(CsiError)
    expect(undefined as unknown).not.toBeInstanceOf(CsiError)
  })

  it('lets a subclass ask for itself', () => {
    class Special extends CsiError {}
    expect(new CsiError(Code.NotFound, 'gone')).not.toBeInstanceOf(Special)
    expect(new Special(Code.NotFound, 'gone')).toBeInstanceOf(Special)
    expect(new Special(Code.NotFound, 'gone')).toBeInstanceOf(CsiError)
  })

  it('keeps its cause and shows no marks of its own', () => {
    const cause = new Error('disk on fire')
    const error = new CsiError(Code.Internal, 'no', { cause })
    expect(error.cause).toBe(cause)
    expect(Object.keys(error).toSorted()).toEqual(['code', 'name'])
  })
})

describe('toGoErrorText', () => {
  it('writes a CsiError as Go writes a status', () => {
    expect(toGoErrorText(new CsiError(Code.NotFound, 'no volume v1'))).toBe(
      'rpc error: code = NotFound desc = no volume v1',
    )
  })

  it.each([
    { value: new Error('plain'), text: 'plain' },
    { value: 'thrown text', text: 'thrown text' },
  ])('shows only the message of anything else: $text', ({ value, text }) => {
    expect(toGoErrorText(value)).toBe(text)
  })
})

describe('isFinalError', () => {
  const open: readonly Code[] = [
    Code.Canceled,
    Code.DeadlineExceeded,
    Code.ResourceExhausted,
    Code.Aborted,
    Code.Unavailable,
  ]

  it.each(open.map((code) => [codeName(code), code] as const))('%s may still be in progress', (_name, code) => {
    expect(isFinalError(new CsiError(code, ''))).toBe(false)
  })

  it('every other code is final', () => {
    const others = Object.values(Code).filter((code) => !open.includes(code))
    expect(others).toHaveLength(12)
    expect(others.every((code) => isFinalError(new CsiError(code, '')))).toBe(true)
  })

  it('an error from before the call is final', () => {
    expect(isFinalError(new Error('no such secret'))).toBe(true)
  })
})
