import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { runProgram } from './testing/index.ts'

const sample = new URL('testing/sample.ts', import.meta.url)

it('shows a sample that compiles', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${await readFile(sample, 'utf8')}\`\`\`\n`)
})

it('shows a sample that works', async () => {
  await using program = runProgram(sample, ['-http-endpoint=127.0.0.1:0', '--timeout', '1m30s'])
  const [, address = ''] = await program.logged(/"listening" address="([^"]+)" timeoutMs=90000/)
  expect(await (await fetch(`http://${address}/healthz`)).text()).toBe('ok')
  program.kill('SIGTERM')
  expect(await program.ended).toEqual({ code: 0, signal: null })
})
