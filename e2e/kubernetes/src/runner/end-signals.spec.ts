import { afterEach, describe, expect, it } from 'vitest'
import { type EndSignals, listenForEnd } from './end-signals.ts'

let end: EndSignals | undefined
afterEach(() => end?.close())

describe('listenForEnd', () => {
  it.each([
    { name: 'SIGINT', exitCode: 130 },
    { name: 'SIGTERM', exitCode: 143 },
    { name: 'SIGHUP', exitCode: 129 },
  ] as const)('ends gently at $name, and at once when it comes again', ({ name, exitCode }) => {
    const said: string[] = []
    end = listenForEnd((why) => said.push(why))
    expect(end.exitCode()).toBeUndefined()
    process.emit(name, name)
    expect([end.stop.aborted, end.kill.aborted, end.exitCode()]).toEqual([true, false, exitCode])
    process.emit(name, name)
    expect(end.kill.aborted).toBe(true)
    expect(said).toEqual([name])
  })

  it('leaves the signals alone when it is closed', () => {
    const before = process.listenerCount('SIGTERM')
    listenForEnd(() => undefined).close()
    expect(process.listenerCount('SIGTERM')).toBe(before)
  })
})
