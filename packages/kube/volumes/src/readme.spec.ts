import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('the sample gives what the README says', async () => {
  expect(await import(sample.path)).toMatchObject({
    forDriver: { type: 'ssd' },
    secret: { name: 'creds-data', namespace: 'shop' },
    capabilities: [{ accessType: { $case: 'mount', value: { fsType: 'ext4' } } }],
  })
})
