import { useReadmeSample } from '@csi-ts/tools/readme-sample'
import { expect, it } from 'vitest'
import { runProgram } from './testing/index.ts'

const sample = useReadmeSample(import.meta.url)

it('shows a sample that works', async () => {
  await using program = runProgram(sample.url, ['-http-endpoint=127.0.0.1:0', '--timeout', '1m30s'])
  const [, address = ''] = await program.logged(/"listening" address="([^"]+)" timeoutMs=90000/)
  expect(await (await fetch(`http://${address}/healthz`)).text()).toBe('ok')
  program.kill('SIGTERM')
  expect(await program.ended).toEqual({ code: 0, signal: null })
})
