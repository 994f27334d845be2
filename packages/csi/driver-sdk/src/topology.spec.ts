import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { chooseTopology, isAccessible } from './topology.ts'

const zone = (value: string) => ({ segments: { 'example.com/zone': value } })
const z1 = zone('z1').segments
const z2 = zone('z2').segments

describe('chooseTopology', () => {
  it('asks for nothing when the request does not', () => {
    expect(chooseTopology(undefined)).toBeUndefined()
    expect(chooseTopology({ preferred: [], requisite: [] })).toBeUndefined()
  })

  it('takes the first preferred topology, the node that the scheduler picked', () => {
    expect(chooseTopology({ preferred: [zone('z2'), zone('z1')], requisite: [zone('z1'), zone('z2')] })).toEqual(z2)
  })

  it('goes on to the next that fits, also to one that is only requisite', () => {
    const requirement = { preferred: [zone('z9')], requisite: [zone('z9'), zone('z2')] }
    expect(chooseTopology(requirement, [z1, z2])).toEqual(z2)
  })

  it('compares keys without regard to case', () => {
    expect(chooseTopology({ preferred: [{ segments: { 'Example.com/Zone': 'z1' } }], requisite: [] }, [z1])).toEqual(z1)
  })

  it('returns the whole place for a wish that names part of it', () => {
    const place = { ...z1, 'example.com/rack': 'r7' }
    expect(chooseTopology({ preferred: [], requisite: [zone('z1')] }, [place])).toEqual(place)
  })

  it('answers ResourceExhausted when nothing fits', () => {
    expect(() => chooseTopology({ preferred: [], requisite: [zone('z9')] }, [z1])).toThrow(
      expect.objectContaining({ code: Code.ResourceExhausted }),
    )
  })
})

describe('isAccessible', () => {
  it('is true from everywhere for a volume without topology', () => {
    expect(isAccessible([], z1)).toBe(true)
  })

  it('is true where any of its topologies fits', () => {
    expect(isAccessible([zone('z2'), zone('z1')], { ...z1, host: 'a' })).toBe(true)
    expect(isAccessible([zone('z2')], z1)).toBe(false)
  })
})
