import { describe, expect, it } from 'vitest'
import { parseVmodule } from './vmodule.ts'

describe('parseVmodule', () => {
  it('takes a list with empty parts', () => {
    expect(parseVmodule('a=1,,b*=20')).toEqual([
      { pattern: 'a', level: 1 },
      { pattern: 'b*', level: 20 },
    ])
    expect(parseVmodule('')).toEqual([])
  })

  it.each(['a', 'a=', '=1', 'a=x', 'a=-1', 'a=1=2', 'a=1.5'])('refuses %s, saying what is allowed', (text) => {
    expect(() => parseVmodule(text)).toThrow('expect comma-separated list of filename=N')
  })
})
