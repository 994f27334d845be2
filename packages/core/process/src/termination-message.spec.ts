import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { writeTerminationMessage } from './termination-message.ts'

async function setup() {
  const dir = await mkdtemp(join(tmpdir(), 'termination-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  return join(dir, 'log')
}

it('replaces what the file holds', async () => {
  const path = await setup()
  await writeFile(path, 'an older and longer message')
  writeTerminationMessage('lost', path)
  expect(await readFile(path, 'utf8')).toBe('lost')
})

it('creates nothing where there is no such file', async () => {
  const path = await setup()
  writeTerminationMessage('lost', path)
  expect(existsSync(path)).toBe(false)
})

it('throws when the file cannot be written', async () => {
  const path = await setup()
  expect(() => writeTerminationMessage('lost', join(path, '..'))).toThrow('EISDIR')
})
