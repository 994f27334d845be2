import { expect, it } from 'vitest'
import { claimObject, volumeObject } from './volume-object.ts'

it('a volume and a claim refer to each other', () => {
  const volume = volumeObject(7)
  const claim = claimObject(7)
  expect(volume.spec?.claimRef).toMatchObject(claim.metadata.name === undefined ? {} : { name: claim.metadata.name })
  expect(claim.spec?.volumeName).toBe(volume.metadata.name)
})

it('another revision is another object of the same name', () => {
  expect(volumeObject(1, 2)).not.toEqual(volumeObject(1, 3))
  expect(volumeObject(1, 2).metadata.name).toBe(volumeObject(1, 3).metadata.name)
})
