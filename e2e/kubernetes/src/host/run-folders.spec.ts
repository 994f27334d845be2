import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRunFolder, planPrune, runName } from './run-folders.ts'

let parent = ''
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'runs-'))
})
afterEach(() => rm(parent, { recursive: true }))

describe('createRunFolder', () => {
  it('keeps the newest three runs, itself among them, and leaves other files alone', async () => {
    for (const name of ['20250101-000000-1', '20250102-000000-1', '20250103-000000-1', 'notes'])
      await mkdir(join(parent, name))
    const run = await createRunFolder(parent, new Date('2025-01-04T05:06:07.890Z'), 42)
    expect(run.name).toBe('20250104-050607-42')
    expect((await stat(run.logs)).isDirectory()).toBe(true)
    expect((await readdir(parent)).toSorted()).toEqual([
      '20250102-000000-1',
      '20250103-000000-1',
      '20250104-050607-42',
      'notes',
    ])
  })
})

describe('runName', () => {
  it('sorts by time', () => {
    const names = ['2025-09-30T23:59:59Z', '2025-10-01T00:00:00Z', '2026-01-01T00:00:00Z'].map((time) =>
      runName(new Date(time), 7),
    )
    expect(names.toSorted()).toEqual(names)
  })
})

describe('planPrune', () => {
  it.each([
    { names: [], pruned: [] },
    { names: ['20250101-000000-1', '20250101-000000-2'], pruned: [] },
    { names: ['20250101-000003-1', '20250101-000001-1', '20250101-000002-1'], pruned: ['20250101-000001-1'] },
  ])('of $names goes $pruned when two are kept', ({ names, pruned }) => {
    expect(planPrune(names, 2)).toEqual(pruned)
  })
})
