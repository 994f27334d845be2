import { readFile } from 'node:fs/promises'
import { runProgram } from '@csi-ts/process/testing'
import { expect, it } from 'vitest'
import { serveProbe, socketFolder } from './testing/probe-server.ts'

const sample = new URL('testing/sample.ts', import.meta.url)

it('shows a sample that compiles', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${await readFile(sample, 'utf8')}\`\`\`\n`)
})

it('shows a sample that works', async () => {
  const { address } = await serveProbe(await socketFolder(), () => ({ ready: true }))
  await using program = runProgram(sample, [address, '127.0.0.1:0'])
  const [, at = ''] = await program.logged(/"serving health" address="([^"]+)"/)
  expect(await (await fetch(`http://${at}/healthz`)).text()).toBe('ok')
})
