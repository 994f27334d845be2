import { readFile } from 'node:fs/promises'
import { afterEach, expect, it } from 'vitest'
import { packageVersion } from './version.ts'

afterEach(() => {
  globalThis.csiTsVersion = undefined
})

it('is that of package.json when sources run', async () => {
  const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
  expect(packageVersion(import.meta.url)).toBe(manifest.version)
})

it('is what the bundler defined', () => {
  globalThis.csiTsVersion = 'v9.9.9'
  expect(packageVersion('file:///nowhere/main.js')).toBe('v9.9.9')
})
