import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('and judges a driver', async () => {
  expect((await sample.run()).stdout).toMatch(/^mock: \d{3} passed, 0 failed, \d+ skipped in \d+\.\d s\n\n$/)
})
