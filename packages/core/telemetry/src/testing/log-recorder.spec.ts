import { expect, it } from 'vitest'
import { createLogRecorder } from './log-recorder.ts'

it('records lines of all levels with the fields of their loggers', () => {
  const { log, lines } = createLogRecorder()
  const error = new Error('x')
  log.with({ a: 1 }).v(4).info('deep', { b: 2 })
  log.error('failed', error)
  expect(lines).toEqual([
    { level: 'v4', message: 'deep', fields: { a: 1, b: 2 } },
    { level: 'error', message: 'failed', fields: {}, error },
  ])
})
