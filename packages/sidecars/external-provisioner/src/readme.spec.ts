import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'

it('the README shows the program as it is', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const main = await readFile(new URL('./main.ts', import.meta.url), 'utf8')
  expect(/```ts\n([\s\S]*?)```/.exec(readme)?.[1]).toBe(main.replace(/^#!.*\n/, ''))
})
