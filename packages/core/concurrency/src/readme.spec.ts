import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { expandUntilDone } from './testing/sample.ts'

it('shows a sample that compiles', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${await readFile(new URL('testing/sample.ts', import.meta.url), 'utf8')}\`\`\`\n`)
})

it('shows a sample that works', async () => {
  const { signal } = new AbortController()
  let tries = 0
  const expand = async (): Promise<bigint> => {
    if (++tries < 3) throw new Error('not yet')
    return 5n
  }
  expect(await expandUntilDone('volume-1', expand, signal)).toBe(5n)
  const stopped = expandUntilDone('volume-1', () => new Promise(() => {}), AbortSignal.abort(new Error('stop')))
  await expect(stopped).rejects.toThrow('stop')
})
