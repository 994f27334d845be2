import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rename, rm, stat, symlink, unlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UnsafePathError } from './mount-error.ts'
import { assertPathSegment, ensureDirectoryBeneath, resolveBeneath } from './safe-path.ts'

let outside: string
let root: string
beforeEach(async () => {
  outside = await mkdtemp(join(tmpdir(), 'safe-path-'))
  root = join(outside, 'root')
  await mkdir(join(root, 'a', 'b'), { recursive: true })
  await writeFile(join(outside, 'secret'), 'secret')
  await writeFile(join(root, 'a', 'b', 'inside'), 'inside')
})
afterEach(() => rm(outside, { recursive: true }))

describe('resolveBeneath', () => {
  it('opens a directory whose path works in this process and in its children', async () => {
    await using directory = await resolveBeneath(root, 'a/b')
    expect(await readFile(`${directory.path}/inside`, 'utf8')).toBe('inside')
    const { stdout } = await promisify(execFile)('cat', [`${directory.pathForChild}/inside`])
    expect(stdout).toBe('inside')
  })

  it('stays with the directory that was opened when its name is given to a link', async () => {
    await using directory = await resolveBeneath(root, 'a/b')
    await rename(join(root, 'a', 'b'), join(root, 'a', 'moved'))
    await symlink(outside, join(root, 'a', 'b'))
    expect(await readFile(`${directory.path}/inside`, 'utf8')).toBe('inside')
    await expect(readFile(`${directory.path}/secret`)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it.each(['..', 'a/..', 'a/../..', '/etc', 'a//b', 'a/', '.', 'a/\0'])('refuses %j', async (relative) => {
    await expect(resolveBeneath(root, relative)).rejects.toThrow(UnsafePathError)
  })

  it('refuses a symlink, even one that stays inside, and a file', async () => {
    await symlink('..', join(root, 'up'))
    await symlink('a', join(root, 'within'))
    for (const relative of ['up', 'up/root', 'within', 'within/b', 'a/b/inside']) {
      await expect(resolveBeneath(root, relative)).rejects.toThrow(UnsafePathError)
    }
  })

  it('never shows the outside while somebody swaps a directory for a link', async () => {
    await mkdir(join(root, 'a', 'b', 'victim'))
    const stop = new AbortController()
    const swap = (async () => {
      while (!stop.signal.aborted) {
        await rename(join(root, 'a', 'b'), join(root, 'a', 'aside'))
        await symlink(outside, join(root, 'a', 'b'))
        await unlink(join(root, 'a', 'b'))
        await rename(join(root, 'a', 'aside'), join(root, 'a', 'b'))
      }
    })()
    const seen = new Set<string>()
    for (let tries = 0; tries < 300; tries++) {
      try {
        await using directory = await resolveBeneath(root, 'a/b')
        seen.add(await readFile(`${directory.path}/inside`, 'utf8'))
      } catch (error) {
        seen.add(
          error instanceof UnsafePathError ? 'refused' : ((error as NodeJS.ErrnoException).code ?? String(error)),
        )
      }
    }
    stop.abort()
    await swap
    // "refused" and ENOENT for the moments in between; reading the file next to the root's secret would be ENOENT at "inside".
    expect([...seen].filter((what) => !['inside', 'refused', 'ENOENT'].includes(what))).toEqual([])
    expect(seen).toContain('inside')
  })

  it('either refuses a path or stays below the root (property)', async () => {
    const segment = fc.constantFrom('a', 'b', '..', '.', '', 'up', 'root', 'inside', '\0')
    await symlink('..', join(root, 'up'))
    await fc.assert(
      fc.asyncProperty(fc.array(segment, { maxLength: 5 }), async (segments) => {
        const where = await resolveBeneath(root, segments.join('/')).then(
          async (directory) => {
            const { ino } = await stat(directory.path)
            await directory.close()
            return ino
          },
          () => undefined,
        )
        const allowed = await Promise.all(
          [root, join(root, 'a'), join(root, 'a', 'b')].map(async (path) => (await stat(path)).ino),
        )
        expect([undefined, ...allowed]).toContain(where)
      }),
    )
  })
})

describe('ensureDirectoryBeneath', () => {
  it('makes what is missing with exactly the mode asked for, and nothing twice', async () => {
    for (const _ of [1, 2]) await (await ensureDirectoryBeneath(root, 'a/new/deep', 0o777)).close()
    expect((await stat(join(root, 'a', 'new'))).mode & 0o7777).toBe(0o777)
    expect((await stat(join(root, 'a', 'new', 'deep'))).mode & 0o7777).toBe(0o777)
  })

  it('does not change the mode of what exists', async () => {
    const before = (await stat(join(root, 'a'))).mode
    await (await ensureDirectoryBeneath(root, 'a/x', 0o700)).close()
    expect((await stat(join(root, 'a'))).mode).toBe(before)
  })

  it('makes nothing behind a link', async () => {
    await symlink(outside, join(root, 'out'))
    await expect(ensureDirectoryBeneath(root, 'out/made', 0o755)).rejects.toThrow(UnsafePathError)
    await expect(stat(join(outside, 'made'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('assertPathSegment', () => {
  it.each(['', '.', '..', 'a/b', '\0'])('refuses %j', (segment) => {
    expect(() => assertPathSegment(segment)).toThrow(UnsafePathError)
  })
})
