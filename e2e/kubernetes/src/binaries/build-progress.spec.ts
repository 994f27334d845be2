import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createBuildProgress, seconds } from './build-progress.ts'

describe('seconds', () => {
  it.each([
    [420, '0.4 s'],
    [9_949, '9.9 s'],
    [9_951, '10 s'],
    [119_000, '119 s'],
    [246_400, '4 min 6 s'],
  ])('%i ms is %s', (ms, text) => {
    expect(seconds(ms)).toBe(text)
  })
})

describe('createBuildProgress', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  it('rewrites one line on a terminal', () => {
    const written: string[] = []
    const progress = createBuildProgress('etcd', { isTTY: true, write: (text) => written.push(text) })
    progress.update(7)
    vi.advanceTimersByTime(2_000)
    progress.end('built etcd')
    expect(written).toEqual([
      '\r\u001b[Kbuilding etcd: 1.0 s, 7 packages compiled',
      '\r\u001b[Kbuilding etcd: 2.0 s, 7 packages compiled',
      '\r\u001b[Kbuilt etcd\n',
    ])
  })

  it('writes whole lines, few of them and without escapes, into a pipe', () => {
    const written: string[] = []
    const progress = createBuildProgress('etcd', { write: (text) => written.push(text) })
    vi.advanceTimersByTime(59_000)
    progress.end('built etcd')
    vi.advanceTimersByTime(120_000)
    expect(written).toEqual(['building etcd\n', 'building etcd: 30 s, 0 packages compiled\n', 'built etcd\n'])
  })
})
