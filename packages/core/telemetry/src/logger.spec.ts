import { FakeClock } from '@csi-ts/concurrency/testing'
import { describe, expect, it } from 'vitest'
import { createLogger, type LoggerOptions, silentLogger } from './logger.ts'
import { Secret } from './secret.ts'
import { parseVmodule } from './vmodule.ts'

const startMs = new Date(2024, 0, 2, 15, 4, 5, 7).getTime() // local time, as klog prints

function setup(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = []
  const clock = new FakeClock(startMs)
  const log = createLogger({ format: 'text', verbosity: 0, write: (line) => lines.push(line), clock, ...options })
  return { log, lines, clock }
}

describe('text format', () => {
  it('is the header of klog, the message and the fields, with the line of the caller', () => {
    const { log, lines } = setup({ pid: 42 })
    log.info('volume created', {
      volume: 'pvc-1',
      sizeBytes: 5n,
      ready: true,
      topology: { zone: 'a' },
      none: undefined,
    })
    expect(lines).toEqual([
      expect.stringMatching(
        /^I0102 15:04:05\.007000 {6}42 logger\.spec\.ts:\d+\] "volume created" volume="pvc-1" sizeBytes=5 ready=true topology=\{"zone":"a"\} none=null\n$/,
      ),
    ])
  })

  it('marks severities and puts the error before the fields', () => {
    const { log, lines } = setup({ caller: false })
    log.warn('careful', { a: 1 })
    log.error('failed', new Error('outer', { cause: new Error('inner') }), { volume: 'v' })
    log.error('failed without an error')
    expect(lines).toEqual([
      'W0102 15:04:05.007000       1 ???:1] "careful" a=1\n',
      'E0102 15:04:05.007000       1 ???:1] "failed" err="outer: inner" volume="v"\n',
      'E0102 15:04:05.007000       1 ???:1] "failed without an error"\n',
    ])
  })

  it.each([
    { why: 'newlines', value: 'a\nb\r\nc', shown: String.raw`"a\nb\r\nc"` },
    { why: 'quotes and backslashes', value: 'say "no"\\', shown: String.raw`"say \"no\"\\"` },
    { why: 'terminal escapes', value: '\u001b[31m', shown: String.raw`"\u001b[31m"` },
    { why: 'line separators and direction marks', value: '\u2028\u202e', shown: String.raw`"\u2028\u202e"` },
    { why: 'newlines inside objects', value: { a: 'x\ny' }, shown: String.raw`{"a":"x\ny"}` },
  ])('keeps $why in one line', ({ value, shown }) => {
    const { log, lines } = setup({ caller: false })
    log.info('message', { value })
    expect(lines).toEqual([`I0102 15:04:05.007000       1 ???:1] "message" value=${shown}\n`])
  })

  it('follows the clock, also when it is set back', async () => {
    const lines: string[] = []
    let wallMs = startMs
    let monotonicMs = 0
    const clock = {
      now: () => Math.floor(wallMs),
      monotonicMs: () => monotonicMs,
      setTimer: () => expect.unreachable(),
    }
    const log = createLogger({ format: 'text', verbosity: 0, write: (line) => lines.push(line.slice(6, 21)), clock })
    log.info('a')
    wallMs += 1.25
    monotonicMs += 1.25
    log.info('b')
    wallMs -= 60_000
    log.info('c')
    expect(lines).toEqual(['15:04:05.007000', '15:04:05.008250', '15:03:05.008000'])
  })
})

describe('json format', () => {
  it('is that of component-base', () => {
    const { log, lines } = setup({ format: 'json', verbosity: 5 })
    log.v(3).info('listed', { count: 2, bytes: 7n, list: ['a'] })
    log.error('failed', new Error('no\nway'), { volume: 'v' })
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      {
        ts: startMs,
        caller: expect.stringMatching(/^logger\.spec\.ts:\d+$/),
        msg: 'listed',
        v: 3,
        count: 2,
        bytes: 7,
        list: ['a'],
      },
      {
        ts: startMs,
        caller: expect.stringMatching(/^logger\.spec\.ts:\d+$/),
        msg: 'failed',
        volume: 'v',
        err: 'no\nway',
      },
    ])
    expect(lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true)
  })
})

describe.each(['text', 'json'] as const)('%s format', (format) => {
  it.each([
    { why: 'a Secret', fields: { credentials: new Secret('hunter2') } },
    { why: 'a field named like one', fields: { secrets: { a: 'hunter2' } } },
    { why: 'one inside a request', fields: { request: { name: 'n', secrets: { a: 'hunter2' } } } },
  ])('never shows $why', ({ fields }) => {
    const { log, lines } = setup({ format, verbosity: 10 })
    log.with(fields).v(10).info('call', fields)
    log.error('call failed', new Error('x'), fields)
    expect(lines.join('')).toContain('***stripped***')
    expect(lines.join('')).not.toContain('hunter2')
  })
})

describe('verbosity', () => {
  it('writes lines up to -v and none beyond', () => {
    const { log, lines } = setup({ verbosity: 4, caller: false })
    log.v(4).info('four')
    log.v(5).info('five')
    log.v(5).error('five too')
    log.v(5).v(1).with({ a: 1 }).info('behind a quiet one')
    expect([log.enabled(4), log.enabled(5), log.verbosity, lines.length]).toEqual([true, false, 4, 1])
  })

  it.each([
    { vmodule: 'logger.spec=5', written: true },
    { vmodule: 'other=9,logger*=5', written: true },
    { vmodule: '*/telemetry/src/*=5', written: false }, // a star stops at a slash
    { vmodule: '**/telemetry/src/*=5', written: true },
    { vmodule: 'logger=5', written: false },
    { vmodule: 'logger.spec=4', written: false },
  ])('is raised for files that --vmodule=$vmodule names: $written', ({ vmodule, written }) => {
    const { log, lines } = setup({ vmodule: parseVmodule(vmodule) })
    log.v(5).info('detail')
    expect([lines.length > 0, log.enabled(5)]).toEqual([written, written])
  })
})

describe('with', () => {
  it('adds fields to each line; those of the line win', () => {
    const { log, lines } = setup({ caller: false, fields: { program: 'p' } })
    log.with({ claim: 'ns/a', volume: 'old' }).info('message', { volume: 'new' })
    expect(lines).toEqual(['I0102 15:04:05.007000       1 ???:1] "message" program="p" claim="ns/a" volume="new"\n'])
  })
})

describe('silentLogger', () => {
  it('is quiet at every level', () => {
    expect([silentLogger.enabled(0), silentLogger.v(0).enabled(0), silentLogger.with({}).enabled(0)]).toEqual([
      false,
      false,
      false,
    ])
  })
})
