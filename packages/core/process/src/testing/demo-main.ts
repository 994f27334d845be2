import { once } from 'node:events'
import { appendFileSync } from 'node:fs'
import { type ExitReason, failedWith } from '../exit-reason.ts'
import { flag } from '../flag.ts'
import { type FlagsFor, UsageError } from '../flag-table.ts'
import { runMain } from '../run-main.ts'

/** What the demonstration program does: each value is one way to end. */
interface DemoOptions {
  readonly ending:
    | 'finish'
    | 'fail'
    | 'lost-lease'
    | 'lost-driver'
    | 'throw'
    | 'usage'
    | 'bug'
    | 'reject'
    | 'wait'
    | 'stuck'
    | 'chatty'
  readonly timeoutMs: number
  readonly oldName: string
  /** File that gets a line when the program has put its things away. */
  readonly journal: string
}

const flags: FlagsFor<DemoOptions> = {
  ending: flag.enumeration({
    name: 'ending',
    default: 'finish',
    values: [
      'finish',
      'fail',
      'lost-lease',
      'lost-driver',
      'throw',
      'usage',
      'bug',
      'reject',
      'wait',
      'stuck',
      'chatty',
    ],
    help: 'How to end.',
  }),
  timeoutMs: flag.duration({ name: 'timeout', default: 90_000, min: 0, help: 'How long to wait.' }),
  oldName: flag.string({ name: 'old-name', default: '', help: 'Was used.', deprecated: 'use --ending' }),
  journal: flag.string({ name: 'journal', default: '', help: 'Where to write.' }),
}

await runMain({
  name: 'demo',
  version: '1.2.3',
  summary: 'Ends in many ways, to test how programs end.',
  flags,
  async start(options, { signal, log, changedFlags }): Promise<ExitReason | undefined> {
    log.info('started', { ending: options.ending, timeoutMs: options.timeoutMs, changed: [...changedFlags] })
    log.v(4).info('more to say')
    switch (options.ending) {
      case 'finish':
        return undefined
      case 'fail':
        return failedWith('no luck', new Error('outer', { cause: new Error('inner\nsecond line') }))
      case 'lost-lease':
        return { kind: 'lost-lease', message: 'lost the lease' }
      case 'lost-driver':
        return { kind: 'lost-driver', message: 'Lost connection to CSI driver, exiting' }
      case 'throw':
        throw new Error('thrown by start')
      case 'usage':
        throw new UsageError('flags -a and -b exclude each other')
      case 'bug':
        setImmediate(() => {
          throw new TypeError('a bug')
        })
        return await new Promise<undefined>(() => {})
      case 'reject':
        void Promise.reject(new RangeError('nobody handles this'))
        return await new Promise<undefined>(() => {})
      case 'wait':
        await once(signal, 'abort')
        appendFileSync(options.journal, 'put away\n')
        return undefined
      case 'stuck':
        return await new Promise<undefined>(() => {})
      case 'chatty':
        for (let line = 0; line < 5_000; line++) log.info('line', { line, padding: 'x'.repeat(100) })
        return undefined
    }
  },
})
