import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('the sample serves the driver and ends', async () => {
  expect((await sample.run()).stdout).toBe('serving hostpath.csi.k8s.io\n')
})
