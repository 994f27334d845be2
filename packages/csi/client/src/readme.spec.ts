import { serveInTempDir } from '@csi-ts/csi-rpc/testing'
import { createMockDriver } from '@csi-ts/mock-driver'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'

const sample = useReadmeSample(import.meta.url)

it('and finds the volumes of a driver', async () => {
  await using temp = await serveInTempDir(createMockDriver().driver.services)
  const { stdout } = await sample.run({ env: { CSI_ENDPOINT: temp.address } })
  expect(stdout).toBe('0 volumes\n')
})
