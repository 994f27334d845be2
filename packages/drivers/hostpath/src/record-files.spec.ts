import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openRecordFiles } from './record-files.ts'

let directory: string
beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), 'record-files-')), 'records')
})
afterEach(() => rm(join(directory, '..'), { recursive: true }))

describe.each([true, false])('record files with durable %s', (durable) => {
  it('are there again for the next process', async () => {
    const files = await openRecordFiles({ directory, durable })
    await files.write('b', 'first')
    await files.write('a', 'other')
    await files.write('b', 'second')
    const again = await openRecordFiles({ directory, durable })
    expect(await again.load()).toEqual([
      { name: 'a', text: 'other' },
      { name: 'b', text: 'second' },
    ])
    await again.remove('a')
    await again.remove('a')
    expect(await again.load()).toEqual([{ name: 'b', text: 'second' }])
  })

  it('are readable for their owner only, as parameters may say more than others should know', async () => {
    const files = await openRecordFiles({ directory, durable })
    await files.write('a', 'x')
    expect((await stat(directory)).mode & 0o777).toBe(0o700)
    expect((await stat(join(directory, 'a.json'))).mode & 0o777).toBe(0o600)
  })

  it('keep the old text when a process stopped while it wrote the new one', async () => {
    const files = await openRecordFiles({ directory, durable })
    await files.write('a', 'old')
    await writeFile(join(directory, 'a.tmp'), 'half of the n')
    await writeFile(join(directory, 'b.tmp'), '')
    expect(await files.load()).toEqual([{ name: 'a', text: 'old' }])
    expect(await readdir(directory)).toEqual(['a.json'])
  })

  it('keep the old text when writing fails, and leave no temporary file', async () => {
    const files = await openRecordFiles({ directory, durable })
    await files.write('a', 'old')
    await expect(files.write('a/b', 'x')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await readdir(directory)).toEqual(['a.json'])
  })
})
