import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createAuditLog, parseAuditLog } from './audit-log.ts'

function entry(stage: string, verb: string, name: string, code?: number): string {
  const objectRef = { resource: 'pods', ...(name === '' ? {} : { name }) }
  const responseStatus = code === undefined ? {} : { responseStatus: { code } }
  return `${JSON.stringify({ stage, verb, userAgent: 'agent/1', objectRef, ...responseStatus })}\n`
}

const traced = (verb: string, name: string, code: number) => ({
  userAgent: 'agent/1',
  verb,
  resource: 'pods',
  subresource: '',
  name,
  code,
})

describe('parseAuditLog', () => {
  it('counts a request once: a watch when it starts or is refused, others when they are answered', () => {
    const log = [
      entry('ResponseComplete', 'get', 'a', 404),
      entry('ResponseStarted', 'watch', '', 200),
      entry('ResponseComplete', 'watch', '', 200),
      entry('ResponseComplete', 'watch', '', 403),
      '{"stage":"ResponseComplete","verb":"get","requestURI":"/version"}\n',
    ]
    expect(parseAuditLog(log.join(''))).toEqual([
      traced('get', 'a', 404),
      traced('watch', '', 200),
      traced('watch', '', 403),
    ])
  })
})

describe('createAuditLog', () => {
  it('reads what has come since a mark, also of a log that did not exist yet', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'csi-ts-audit-'))
    try {
      const path = join(folder, 'audit.log')
      const log = createAuditLog(path)
      const readAll = await log.mark()
      expect(await readAll()).toEqual([])
      await appendFile(path, entry('ResponseComplete', 'get', 'a', 200))
      const readSecond = await log.mark()
      await appendFile(path, entry('ResponseComplete', 'get', 'b', 200))
      expect(await readSecond()).toEqual([traced('get', 'b', 200)])
      expect(await readAll()).toHaveLength(2)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
