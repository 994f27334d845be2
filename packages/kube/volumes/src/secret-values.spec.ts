import { describe, expect, it } from 'vitest'
import { toCsiSecrets } from './secret-values.ts'

describe('toCsiSecrets', () => {
  it('decodes every key', () => {
    const data = { user: Buffer.from('admin').toString('base64'), word: Buffer.from('gehëim').toString('base64') }
    expect(toCsiSecrets({ data })).toEqual({ user: 'admin', word: 'gehëim' })
    expect(toCsiSecrets({})).toEqual({})
  })

  it('refuses bytes that are not UTF-8 and does not repeat them (must get right 60)', () => {
    const data = { word: Buffer.from([0x70, 0x77, 0xff, 0xfe]).toString('base64') }
    expect(() => toCsiSecrets({ data })).toThrow(/^value of key "word" is not valid UTF-8: CSI secrets must be text$/)
  })
})
