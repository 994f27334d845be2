import { runProgram } from '@csi-ts/process/testing'
import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'
import { serveProbe, socketFolder } from './testing/probe-server.ts'

const sample = useReadmeSample(import.meta.url)

it('shows a sample that works', async () => {
  const { address } = await serveProbe(await socketFolder(), () => ({ ready: true }))
  await using program = runProgram(sample.url, [address, '127.0.0.1:0'])
  const [, at = ''] = await program.logged(/"serving health" address="([^"]+)"/)
  expect(await (await fetch(`http://${at}/healthz`)).text()).toBe('ok')
})
