import { expect, it } from 'vitest'
import { toLeaseName } from './lease-name.ts'

it.each([
  ['hostpath.csi.k8s.io', 'hostpath-csi-k8s-io'],
  ['external-attacher-leader-ebs.csi.aws.com', 'external-attacher-leader-ebs-csi-aws-com'],
  ['Example.com/Driver_1', 'Example-com-Driver-1'],
  ['driver.', 'driver-X'],
  ['driver-', 'driver-X'],
  ['node-1', 'node-1'],
])('%s becomes the lease name that upstream uses: %s', (text, name) => {
  expect(toLeaseName(text)).toBe(name)
})
