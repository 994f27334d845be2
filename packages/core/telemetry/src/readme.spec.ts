import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const sample = new URL('testing/sample.ts', import.meta.url)

it('shows a sample that works, and what it prints', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${await readFile(sample, 'utf8')}\`\`\`\n`)
  const run = promisify(execFile)(process.execPath, ['--conditions=@csi-ts/source', fileURLToPath(sample)])
  const { stdout, stderr } = await run
  const lines = stderr.replace(/\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+/g, '0102 15:04:05.000000       1')
  expect(readme).toContain(`\`\`\`text\n${lines}${stdout}\`\`\`\n`)
})
