import { FakeClock } from '@csi-ts/concurrency/testing'
import { Code } from '@csi-ts/csi-rpc'
import { inMemoryDriver } from '@csi-ts/driver-sdk/testing'
import { describe, expect, it } from 'vitest'
import { createMockDriver } from './mock-driver.ts'
import { volumeRequest } from './testing/volume-request.ts'

function setup() {
  const clock = new FakeClock()
  const mock = createMockDriver({ clock })
  return { mock, clock, ...inMemoryDriver(mock.driver) }
}

describe('hold', () => {
  it('before: the work is not begun until the rule is released', async () => {
    const { mock, controller } = setup()
    const rule = mock.script.before('CreateVolume', { kind: 'hold' })
    const call = controller.createVolume(volumeRequest('a'), {})
    expect(await rule.reached).toMatchObject({ method: 'CreateVolume', request: { name: 'a' }, outcome: 'pending' })
    expect(mock.volumes.size).toBe(0)
    rule.release()
    expect((await call).volume?.volumeId).toBe('volume-000001')
    expect(mock.calls[0]?.outcome).toBe('answered')
  })

  it('after: the work is done, the caller does not know it yet', async () => {
    const { mock, controller } = setup()
    const rule = mock.script.after('CreateVolume', { kind: 'hold' })
    let isAnswered = false
    const call = (async () => {
      await controller.createVolume(volumeRequest('a'), {})
      isAnswered = true
    })()
    expect((await rule.reached).response).toMatchObject({ volume: { volumeId: 'volume-000001' } })
    expect(mock.volumes.size).toBe(1)
    expect(isAnswered).toBe(false)
    rule.release()
    await call
    expect(isAnswered).toBe(true)
  })

  it('goes on standing when its caller has given up, as a driver that ignores its caller', async () => {
    const { mock, controller } = setup()
    const rule = mock.script.before('CreateVolume', { kind: 'hold' })
    const call = controller.createVolume(volumeRequest('a'), { timeoutMs: 20 })
    await expect(call).rejects.toMatchObject({ code: Code.DeadlineExceeded })
    expect(mock.volumes.size).toBe(0)
    rule.release()
    await expect.poll(() => mock.volumes.size).toBe(1)
  })
})

describe('delay', () => {
  it('waits for its time', async () => {
    const { mock, clock, controller } = setup()
    const rule = mock.script.before('CreateVolume', { kind: 'delay', ms: 5_000 })
    const call = controller.createVolume(volumeRequest('a'), {})
    await rule.reached
    await clock.advance(4_999)
    expect(mock.volumes.size).toBe(0)
    await clock.advance(1)
    await call
    expect(mock.volumes.size).toBe(1)
  })
})

describe('fail', () => {
  const action = { kind: 'fail', code: Code.Aborted, message: 'later' } as const

  it('before: nothing was done', async () => {
    const { mock, controller } = setup()
    mock.script.before('CreateVolume', action)
    await expect(controller.createVolume(volumeRequest('a'), {})).rejects.toMatchObject({
      code: Code.Aborted,
      message: 'later',
    })
    expect(mock.volumes.size).toBe(0)
    expect(mock.calls[0]).toMatchObject({ outcome: 'failed' })
  })

  it('after: the reply is a lie', async () => {
    const { mock, controller } = setup()
    mock.script.after('CreateVolume', action)
    await expect(controller.createVolume(volumeRequest('a'), {})).rejects.toMatchObject({ code: Code.Aborted })
    expect(mock.volumes.size).toBe(1)
  })

  it('happens once, or as often as it is told', async () => {
    const { mock, controller } = setup()
    mock.script.before('CreateVolume', action)
    const always = mock.script.before('DeleteVolume', { ...action, times: Number.POSITIVE_INFINITY })
    await expect(controller.createVolume(volumeRequest('a'), {})).rejects.toMatchObject({ code: Code.Aborted })
    await controller.createVolume(volumeRequest('a'), {})
    for (let index = 0; index < 3; index++) {
      await expect(controller.deleteVolume({ volumeId: 'v' }, {})).rejects.toMatchObject({ code: Code.Aborted })
    }
    expect(always.hits).toBe(3)
    always.remove()
    await controller.deleteVolume({ volumeId: 'v' }, {})
  })

  it('happens to the calls that it is meant for', async () => {
    const { mock, controller } = setup()
    mock.script.before('CreateVolume', { ...action, when: (request) => (request as { name: string }).name === 'b' })
    await controller.createVolume(volumeRequest('a'), {})
    await expect(controller.createVolume(volumeRequest('b'), {})).rejects.toMatchObject({ code: Code.Aborted })
  })

  it('happens to any method for *', async () => {
    const { mock, identity } = setup()
    mock.script.before('*', action)
    await expect(identity.probe({}, {})).rejects.toMatchObject({ code: Code.Aborted })
  })
})

describe('cut', () => {
  it('leaves the caller without an answer when the work is done', async () => {
    const { mock, controller } = setup()
    mock.script.after('CreateVolume', { kind: 'cut' })
    await expect(controller.createVolume(volumeRequest('a'), {})).rejects.toMatchObject({ code: Code.Unavailable })
    expect(mock.volumes.size).toBe(1)
    const again = await controller.createVolume(volumeRequest('a'), {})
    expect(again.volume?.volumeId).toBe('volume-000001')
  })
})

describe('kill', () => {
  it('calls what ends the process while the call stands there', async () => {
    const { mock, controller } = setup()
    const killed: string[] = []
    mock.script.after('CreateVolume', { kind: 'kill', kill: () => void killed.push([...mock.volumes.keys()].join()) })
    await expect(controller.createVolume(volumeRequest('a'), {})).rejects.toMatchObject({ code: Code.Unavailable })
    expect(killed).toEqual(['volume-000001'])
  })
})
