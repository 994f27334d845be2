import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('and says what it promises', async () => {
  expect((await sample.run()).stdout).toBe('1\nvolume-000001\n')
})
