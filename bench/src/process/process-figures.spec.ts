import { describe, expect, it } from 'vitest'
import { cpuSeconds, parseConnections, parseCpuSeconds, parseSmapsRollup, processMemory } from './process-figures.ts'

it('parseSmapsRollup() reads the two sums and refuses a text without them', () => {
  expect(parseSmapsRollup('Rss:  1000 kB\nAnonymous:   500 kB\n')).toEqual({ residentMb: 1.024, anonymousMb: 0.512 })
  expect(() => parseSmapsRollup('Rss: 1 kB\n')).toThrow('there is no line Anonymous')
})

describe('parseCpuSeconds', () => {
  it('adds user and system time, whatever the program is called', () => {
    const stat = '17 (a) b (c)) S 1 17 17 0 -1 4194560 3000 0 0 0 250 50 0 0 20 0 11 0 1000 600000000 12000'
    expect(parseCpuSeconds(stat)).toBe(3)
  })

  it('refuses a line without them', () => {
    expect(() => parseCpuSeconds('17 (x) S 1')).toThrow('no times in the stat line')
  })
})

it('parseConnections() counts what is established to a port, from the side of the client', () => {
  const text = [
    '  sl  local_address rem_address   st tx_queue',
    '   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000',
    '   1: 0100007F:C350 0100007F:1F90 01 00000000:00000000',
    '   2: 0100007F:1F90 0100007F:C350 01 00000000:00000000',
    '   3: 0100007F:C351 0100007F:1F90 06 00000000:00000000',
  ].join('\n')
  expect(parseConnections(text, 8080)).toBe(1)
})

it('the kernel tells of this very process', async () => {
  const { residentMb, anonymousMb } = await processMemory(process.pid)
  expect(residentMb).toBeGreaterThan(anonymousMb)
  expect(await cpuSeconds(process.pid)).toBeGreaterThan(0)
})
