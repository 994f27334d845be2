import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@csi-ts/telemetry'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { startDriverProcess } from './driver-process.ts'
import { sanityTargets } from './targets.ts'

const ctx = { signal: new AbortController().signal, log: silentLogger }
const [target] = sanityTargets(process.execPath)

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'driver-process-'))
})
afterEach(() => rm(directory, { recursive: true }))

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

describe('startDriverProcess', () => {
  it('has a driver that answers, and stops it', async () => {
    const endpoint = `unix://${directory}/csi.sock`
    const driver = await startDriverProcess(target?.argv({ endpoint, directory }) ?? [], endpoint, ctx)
    expect(isRunning(driver.pid)).toBe(true)
    await driver.stop()
    expect(isRunning(driver.pid)).toBe(false)
  })

  it('says what a driver printed that ends before it is ready', async () => {
    const argv = [process.execPath, '-e', 'console.error("no such node"); process.exit(3)']
    const started = startDriverProcess(argv, `unix://${directory}/csi.sock`, ctx)
    await expect(started).rejects.toThrow(/ended by itself \(exit code 3\):\nno such node/)
  })

  it('says when there is no such program', async () => {
    const started = startDriverProcess(['/no/such/program'], `unix://${directory}/csi.sock`, ctx)
    await expect(started).rejects.toThrow(/ENOENT/)
  })

  it('tells when a running driver is killed', async () => {
    const endpoint = `unix://${directory}/csi.sock`
    await using driver = await startDriverProcess(target?.argv({ endpoint, directory }) ?? [], endpoint, ctx)
    process.kill(driver.pid, 'SIGKILL')
    await expect(driver.ended).rejects.toThrow(/ended by itself \(signal SIGKILL\)/)
  })
})
