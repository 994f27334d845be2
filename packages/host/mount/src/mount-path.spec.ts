import { mkdir, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { UnsafeArgumentError, UnsafePathError } from './mount-error.ts'
import { assertSafePath, ensureMountDirectory, removeMountTarget, resolveMountPath } from './mount-path.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'mount-path-'))
})
afterEach(() => rm(directory, { recursive: true }))

describe('assertSafePath', () => {
  it.each(['', '-o', 'relative/x', '/a/../b', '/a//b', '/a/./b', '/a/', '/a\nb', '/a\0b', '/a\rb'])(
    'refuses %j',
    (path) => {
      expect(() => assertSafePath('target', path)).toThrow(UnsafeArgumentError)
    },
  )

  it.each(['/', '/a', '/a b/ü/-o', '/..a/b..'])('accepts %j', (path) => {
    expect(() => assertSafePath('target', path)).not.toThrow()
  })
})

describe('resolveMountPath', () => {
  it('resolves links of the parent and leaves the last component alone', async () => {
    await mkdir(join(directory, 'real'))
    await symlink('real', join(directory, 'link'))
    await symlink('/nowhere', join(directory, 'real', 'target'))
    expect(await resolveMountPath(join(directory, 'link', 'target'))).toBe(join(directory, 'real', 'target'))
    expect(await resolveMountPath(`${join(directory, 'link', 'missing')}/`)).toBe(join(directory, 'real', 'missing'))
  })

  it('reports a missing parent', async () => {
    await expect(resolveMountPath(join(directory, 'no', 'target'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('ensureMountDirectory', () => {
  it('creates it once and says whether it did', async () => {
    const target = join(directory, 'target')
    expect(await ensureMountDirectory(target, 0o750)).toBe(true)
    expect((await stat(target)).mode & 0o777).toBe(0o750)
    expect(await ensureMountDirectory(target, 0o750)).toBe(false)
  })

  it('does not create parents', async () => {
    await expect(ensureMountDirectory(join(directory, 'a', 'b'), 0o750)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('refuses a symlink and a file in its place', async () => {
    await symlink('/tmp', join(directory, 'link'))
    await writeFile(join(directory, 'file'), '')
    await expect(ensureMountDirectory(join(directory, 'link'), 0o750)).rejects.toThrow(UnsafePathError)
    await expect(ensureMountDirectory(join(directory, 'file'), 0o750)).rejects.toThrow(UnsafePathError)
  })
})

describe('removeMountTarget', () => {
  it('removes an empty directory, a file, and the link rather than what it points to', async () => {
    await mkdir(join(directory, 'empty'))
    await writeFile(join(directory, 'file'), '')
    await mkdir(join(directory, 'kept'))
    await symlink('kept', join(directory, 'link'))
    for (const name of ['empty', 'file', 'link']) expect(await removeMountTarget(join(directory, name))).toBe(true)
    expect(await readdir(directory)).toEqual(['kept'])
  })

  it('finds nothing to do when it is gone', async () => {
    expect(await removeMountTarget(join(directory, 'gone'))).toBe(false)
  })

  it('never removes a directory with data in it', async () => {
    await mkdir(join(directory, 'volume'))
    await writeFile(join(directory, 'volume', 'data'), 'precious')
    await expect(removeMountTarget(join(directory, 'volume'))).rejects.toThrow(UnsafePathError)
    expect(await readdir(join(directory, 'volume'))).toEqual(['data'])
  })
})
