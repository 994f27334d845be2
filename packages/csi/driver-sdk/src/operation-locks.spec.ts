import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { createDriver } from './driver.ts'
import { OperationLocks } from './operation-locks.ts'
import { inMemoryDriver } from './testing/in-memory-driver.ts'

describe('OperationLocks', () => {
  it('answers Aborted while an operation holds the key, and lets go afterwards', async () => {
    const locks = new OperationLocks()
    const release = Promise.withResolvers<string>()
    const first = locks.run('volume v1', () => release.promise)
    await expect(locks.run('volume v1', async () => 'second')).rejects.toMatchObject({
      code: Code.Aborted,
      message: 'an operation on volume v1 is pending',
    })
    expect(await locks.run('volume v2', async () => 'other')).toBe('other')
    release.resolve('first')
    expect(await first).toBe('first')
    expect(await locks.run('volume v1', async () => 'again')).toBe('again')
  })

  it('takes several keys or none', async () => {
    const locks = new OperationLocks()
    const release = Promise.withResolvers<void>()
    const holder = locks.run('b', () => release.promise)
    await expect(locks.run(['a', 'b'], async () => {})).rejects.toMatchObject({ code: Code.Aborted })
    expect(locks.isHeld('a')).toBe(false)
    release.resolve()
    await holder
  })

  it('takes the keys before it returns: no second call slips in between', async () => {
    const locks = new OperationLocks()
    const first = locks.run('v', async () => 'first')
    const second = locks.run('v', async () => 'second')
    await expect(second).rejects.toMatchObject({ code: Code.Aborted })
    expect(await first).toBe('first')
  })

  it('holds the key until the work has really ended, though its caller left (must get right 6 of the frameworks)', async () => {
    const locks = new OperationLocks()
    const release = Promise.withResolvers<void>()
    const { controller } = inMemoryDriver(
      createDriver({
        name: 'a.example.com',
        vendorVersion: '1',
        controller: {
          createVolume: () => ({}),
          deleteVolume: ({ volumeId }) =>
            locks.run(volumeId, async () => {
              await release.promise // work that cannot be stopped
              return {}
            }),
        },
      }),
    )
    const remove = (timeoutMs?: number) => controller.deleteVolume({ volumeId: 'v' }, { timeoutMs })
    await expect(remove(20)).rejects.toMatchObject({ code: Code.DeadlineExceeded })
    await expect(remove()).rejects.toMatchObject({ code: Code.Aborted })
    release.resolve()
    await expect.poll(() => locks.isHeld('v')).toBe(false)
    expect(await remove()).toEqual({})
  })

  it('lets go after a failure', async () => {
    const locks = new OperationLocks()
    await expect(locks.run('v', () => Promise.reject(new Error('disk full')))).rejects.toThrow('disk full')
    expect(locks.isHeld('v')).toBe(false)
  })
})
