import { existsSync } from 'node:fs'
import { mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { kubeletAt, register } from './testing/registration-setup.ts'

describe('a registration socket that somebody removes', () => {
  it('is made anew', async () => {
    const { registration, lines } = await register()
    await rm(registration.socketPath)
    await expect.poll(() => existsSync(registration.socketPath), { timeout: 10_000 }).toBe(true)
    expect(await kubeletAt(registration.socketPath).getInfo({}, {})).toMatchObject({ name: 'mock.csi.k8s.io' })
    expect((await stat(registration.socketPath)).mode & 0o777).toBe(0o700)
    expect(lines.map(({ message }) => message)).toContain('the registration socket was removed, making it anew')
  })

  it('is made anew again and again', async () => {
    const { registration } = await register()
    for (let round = 0; round < 2; round++) {
      await rm(registration.socketPath)
      await expect.poll(() => existsSync(registration.socketPath), { timeout: 10_000 }).toBe(true)
    }
  })

  it('stays away after withdraw and after close', async () => {
    const { registration, lines } = await register()
    await registration.withdraw()
    await new Promise((resolve) => setTimeout(resolve, 1_500)) // past the grace: nothing may happen, and nothing tells that it did not
    expect(existsSync(registration.socketPath)).toBe(false)
    await registration.close()
    expect(existsSync(registration.socketPath)).toBe(false)
    expect(lines.filter(({ level }) => level === 'error' || level === 'warn')).toEqual([])
  })

  it('is left to whoever has put another file there', async () => {
    const { registration } = await register()
    await rm(registration.socketPath)
    await writeFile(registration.socketPath, 'theirs')
    await new Promise((resolve) => setTimeout(resolve, 1_500)) // past the grace
    expect((await stat(registration.socketPath)).isFile()).toBe(true)
    await registration.close()
    expect((await stat(registration.socketPath)).isFile()).toBe(true)
  })

  it('comes back when its directory does', async () => {
    const { registration, registrationDir, lines } = await register()
    await rename(registrationDir, `${registrationDir}.gone`)
    await expect
      .poll(() => lines.map(({ message }) => message), { timeout: 15_000 })
      .toContain('cannot restore the registration socket')
    await mkdir(registrationDir)
    await rm(`${registrationDir}.gone`, { recursive: true })
    await expect.poll(() => existsSync(registration.socketPath), { timeout: 15_000 }).toBe(true)
  })

  it('is not made anew where that is switched off', async () => {
    const { registration } = await register({ restore: false })
    await rm(registration.socketPath)
    await new Promise((resolve) => setTimeout(resolve, 1_500)) // past the grace
    expect(existsSync(registration.socketPath)).toBe(false)
  })
})
