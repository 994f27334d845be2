import { readFile } from 'node:fs/promises'
import { flagsAsMarkdown } from '@csi-ts/process'
import { expect, it } from 'vitest'
import { flags } from './flags.ts'

it('documents the flags as they are', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`<!-- flags -->\n${flagsAsMarkdown(flags)}<!-- /flags -->\n`)
})
