import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('the sample gives what the README says', async () => {
  expect(await import(sample.path)).toMatchObject({
    sizeBytes: 1_610_612_736n,
    size: '1536Mi',
    key: 'shop/data',
    path: '/api/v1/namespaces/shop/persistentvolumeclaims/data/status',
    isDatabase: true,
    isProtected: false,
  })
})
