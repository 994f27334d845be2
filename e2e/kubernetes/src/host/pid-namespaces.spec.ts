import { mkdir, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { livePidNamespaces, ownPidNamespace, parseNamespaceLink } from './pid-namespaces.ts'

let proc = ''
beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), 'proc-'))
})
afterEach(() => rm(proc, { recursive: true }))

describe('livePidNamespaces', () => {
  it('maps each namespace to its first process, and passes over processes that have just ended', async () => {
    for (const [pid, namespace] of [
      ['1', '100'],
      ['20', '200'],
      ['9', '200'],
      ['30', undefined],
      ['self', '999'],
    ] as const) {
      await mkdir(join(proc, pid, 'ns'), { recursive: true })
      if (namespace !== undefined) await symlink(`pid:[${namespace}]`, join(proc, pid, 'ns/pid'))
    }
    expect([...(await livePidNamespaces(proc))]).toEqual([
      ['100', 1],
      ['200', 9],
    ])
  })

  it.runIf(process.platform === 'linux')('contains the namespace of this process', async () => {
    expect((await livePidNamespaces()).has(await ownPidNamespace())).toBe(true)
  })
})

describe('parseNamespaceLink', () => {
  it.each([
    ['pid:[4026531836]', '4026531836'],
    ['mnt:[4026531841]', undefined],
    ['', undefined],
  ])('%s is %s', (link, number) => {
    expect(parseNamespaceLink(link)).toBe(number)
  })
})
