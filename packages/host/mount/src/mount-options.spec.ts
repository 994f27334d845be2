import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hasBindOptions, parseBindOptions, planRemountOptions } from './mount-options.ts'

describe('parseBindOptions', () => {
  it('keeps what one mount can have and names the rest', () => {
    expect(parseBindOptions(['nosuid', 'vers=4.1,noexec', 'defaults', '_netdev'])).toEqual({
      flags: ['nosuid', 'noexec'],
      unsupported: ['vers=4.1'],
    })
  })

  it('lets the later of two contradicting options win, and drops remount', () => {
    expect(parseBindOptions(['ro', 'remount', 'rw', 'noatime', 'relatime']).flags).toEqual(['rw', 'relatime'])
  })
})

describe('planRemountOptions', () => {
  it('repeats flags that are set and not asked about, since a remount replaces them all', () => {
    expect(planRemountOptions(['rw', 'nosuid', 'nodev', 'relatime'], ['ro'])).toEqual([
      'ro',
      'nosuid',
      'nodev',
      'relatime',
    ])
  })

  it('says so when a flag is to be taken away', () => {
    expect(planRemountOptions(['ro', 'nosuid'], ['rw', 'suid'])).toEqual(['rw', 'suid'])
  })

  it('leads to a mount that has the options (property)', () => {
    const words = ['rw', 'ro', 'suid', 'nosuid', 'dev', 'nodev', 'noexec', 'exec', 'noatime', 'relatime', 'nodiratime']
    const flags = fc.subarray(words).map((some) => parseBindOptions(some).flags)
    fc.assert(
      fc.property(flags, flags, (current, wanted) => {
        const after = planRemountOptions(current, wanted)
        expect(hasBindOptions(after, wanted)).toBe(true)
        // Asking for nothing new keeps everything as it was.
        expect(hasBindOptions(planRemountOptions(current, []), current)).toBe(true)
      }),
    )
  })
})

describe('hasBindOptions', () => {
  it('knows the options that the kernel shows by leaving them out', () => {
    expect(hasBindOptions(['rw'], ['suid', 'dev', 'exec', 'strictatime'])).toBe(true)
    expect(hasBindOptions(['rw', 'nosuid'], ['suid'])).toBe(false)
    expect(hasBindOptions(['rw', 'relatime'], ['ro'])).toBe(false)
  })
})
