import { describe, expect, it } from 'vitest'
import { startMeasured } from './measured-process.ts'

describe('startMeasured', () => {
  it('gives lines of both streams to who asks, each once, and passes commands on', async () => {
    const script = `
      console.log('{"event":"ready","size":7}')
      process.stdin.on('data', (data) => console.error('got ' + data.toString().trim()))`
    await using child = startMeasured(process.execPath, ['-e', script])
    expect(await child.event<{ size: number }>('ready')).toMatchObject({ size: 7 })
    child.send('touch')
    expect((await child.next((line) => /^got (.*)/.exec(line)?.[1])).value).toBe('touch')
  })

  it('rejects with the last lines when the program ends before it says so', async () => {
    await using child = startMeasured(process.execPath, ['-e', 'console.error("out of luck")'])
    await expect(child.event('ready')).rejects.toThrow(/has ended:\nout of luck$/)
  })

  it('says so when there is no such program', async () => {
    await using child = startMeasured('/nonexistent/program', [])
    await expect(child.event('ready')).rejects.toThrow('cannot start /nonexistent/program')
  })
})
