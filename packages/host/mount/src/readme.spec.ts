import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'
import { createMountTable } from './mount-table.ts'

const sample = useReadmeSample(import.meta.url)

it('the sample leaves no mount', async () => {
  const before = await createMountTable().list()
  expect((await sample.run()).stdout).toMatch(/^\d+ bytes left\n$/)
  expect(await createMountTable().list()).toEqual(before)
})
