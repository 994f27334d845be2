import { resources } from '@csi-ts/kube-api'
import { ApiError } from '@csi-ts/kube-client'
import { describe, expect, it } from 'vitest'
import { claim, useRecorder, volume } from '../testing/use-recorder.ts'

describe('EventRecorder', () => {
  it('writes a core/v1 Event in the namespace of its object', async () => {
    const { clock, recorder, written } = useRecorder()
    recorder.warning(claim, 'ProvisioningFailed', 'no space')
    await clock.advance(0)
    expect(written()).toEqual([
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: expect.objectContaining({
          namespace: 'shop',
          name: expect.stringMatching(/^data\.[0-9a-f]{16}$/),
        }) as unknown,
        involvedObject: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          name: 'data',
          namespace: 'shop',
          uid: 'u1',
          resourceVersion: '5',
        },
        type: 'Warning',
        reason: 'ProvisioningFailed',
        message: 'no space',
        count: 1,
        firstTimestamp: '2024-01-02T03:04:05Z',
        lastTimestamp: '2024-01-02T03:04:05Z',
        source: { component: 'csi-provisioner', host: 'node-1' },
        reportingComponent: 'csi-provisioner',
        reportingInstance: 'node-1',
      },
    ])
  })

  it('puts events about cluster-scoped objects into the namespace default', async () => {
    const { clock, recorder, written } = useRecorder()
    recorder.normal(volume, 'VolumeDeleted', 'gone')
    await clock.advance(0)
    expect(written().map(({ metadata }) => metadata.namespace)).toEqual(['default'])
  })

  it('names events apart that happen in the same moment, and by a UUID when the object has no usable name', async () => {
    const { clock, recorder, written } = useRecorder()
    recorder.normal(claim, 'A', 'one')
    recorder.normal(claim, 'B', 'two')
    recorder.normal({ ...claim, metadata: { ...claim.metadata, name: 'x'.repeat(250) } }, 'C', 'three')
    await clock.advance(0)
    const names = written().map(({ metadata }) => metadata.name)
    expect(new Set(names).size).toBe(3)
    expect(written().find(({ reason }) => reason === 'C')?.metadata.name).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('counts what is the same with a PATCH', async () => {
    const { clock, recorder, written, verbs } = useRecorder()
    for (let time = 0; time < 3; time++) {
      recorder.warning(claim, 'ProvisioningFailed', 'no space')
      await clock.advance(60_000)
    }
    expect(verbs()).toEqual(['create', 'patch', 'patch'])
    expect(written()).toMatchObject([
      { count: 3, firstTimestamp: '2024-01-02T03:04:05Z', lastTimestamp: '2024-01-02T03:06:05Z', message: 'no space' },
    ])
  })

  it('creates the event again when the one that it counted has expired', async () => {
    const { clock, api, recorder, written, verbs } = useRecorder()
    recorder.normal(claim, 'A', 'same')
    await clock.advance(0)
    const [event] = written()
    api.remove(resources.events, { name: event?.metadata.name ?? '', namespace: 'shop' })
    recorder.normal(claim, 'A', 'same')
    await clock.advance(0)
    recorder.normal(claim, 'A', 'same')
    await clock.advance(0)
    expect(verbs()).toEqual(['create', 'patch', 'create', 'patch'])
    expect(written()).toMatchObject([{ count: 2 }])
  })

  it('combines messages that differ only in their text, from the tenth on', async () => {
    const { clock, recorder, written } = useRecorder()
    for (let time = 1; time <= 14; time++) {
      recorder.warning(claim, 'ProvisioningFailed', `attempt ${time}`)
      await clock.advance(0)
    }
    expect(written().map(({ message, count }) => [message, count])).toEqual([
      ...Array.from({ length: 9 }, (_, index) => [`attempt ${index + 1}`, 1]),
      ['(combined from similar events): attempt 14', 5],
    ])
  })

  it('does not combine what has another reason, type or object, nor what comes after ten quiet minutes', async () => {
    const { clock, recorder, written } = useRecorder()
    for (let time = 1; time <= 8; time++) recorder.warning(claim, 'Failed', `attempt ${time}`)
    recorder.warning(claim, 'Other', 'a')
    recorder.normal(claim, 'Failed', 'b')
    recorder.warning(volume, 'Failed', 'c')
    await clock.advance(600_001)
    for (let time = 9; time <= 12; time++) recorder.warning(claim, 'Failed', `attempt ${time}`)
    await clock.advance(0)
    expect(written().filter(({ message }) => message?.startsWith('(combined') === true)).toEqual([])
    expect(written()).toHaveLength(15)
  })

  it('writes no more than 25 events about one object at once and one in five minutes then, others unharmed', async () => {
    const { clock, api, recorder, written } = useRecorder()
    for (let time = 0; time < 100; time++) recorder.normal(claim, 'Busy', 'again')
    recorder.normal(volume, 'Busy', 'again')
    await clock.advance(0)
    expect(api.calls.filter(({ namespace }) => namespace === 'shop')).toHaveLength(25)
    expect(api.calls.filter(({ namespace }) => namespace === 'default')).toHaveLength(1)
    await clock.advance(300_000)
    recorder.normal(claim, 'Busy', 'again')
    recorder.normal(claim, 'Busy', 'again')
    await clock.advance(0)
    expect(api.calls.filter(({ namespace }) => namespace === 'shop')).toHaveLength(26)
    // What was dropped was counted nevertheless.
    expect(written().find(({ metadata }) => metadata.namespace === 'shop')?.count).toBe(101)
  })

  it('keeps the order of events about one object while a slow write holds up nobody else', async () => {
    const { clock, api, recorder } = useRecorder()
    const created: (string | undefined)[] = []
    api.faults = {
      before: async ({ namespace }) => {
        if (namespace === 'shop') await new Promise<void>((resolve) => void clock.setTimer(1000, resolve))
        created.push(namespace)
      },
    }
    recorder.normal(claim, 'First', '1')
    recorder.normal(claim, 'Second', '2')
    recorder.normal(volume, 'Third', '3')
    await clock.advance(0)
    expect(created).toEqual(['default'])
    await clock.advance(2000)
    expect(api.objects(resources.events).map(({ reason }) => reason)).toEqual(['Third', 'First', 'Second'])
  })

  it('tries 12 times, ten seconds apart, while the server cannot be reached, then gives up and says so', async () => {
    const { clock, api, recorder, lines } = useRecorder()
    const triedAt: number[] = []
    api.faults = {
      before: () => {
        triedAt.push(clock.monotonicMs())
        throw new Error('connection refused')
      },
    }
    recorder.normal(claim, 'A', 'a')
    await clock.advance(600_000)
    expect(triedAt).toEqual(Array.from({ length: 12 }, (_, index) => (index === 0 ? 0 : 5000 + (index - 1) * 10_000)))
    expect(lines.filter(({ level }) => level === 'error')).toMatchObject([{ fields: { reason: 'A', tries: 12 } }])
  })

  it('a newer event about the object does not bring the older one forward', async () => {
    const { clock, api, recorder } = useRecorder()
    let tries = 0
    api.faults = {
      before: () => {
        tries++
        throw new Error('connection refused')
      },
    }
    recorder.normal(claim, 'A', 'a')
    await clock.advance(100)
    for (let time = 0; time < 20; time++) {
      recorder.normal(claim, 'B', `b${time}`)
      await clock.advance(10)
    }
    expect(tries).toBe(1)
  })

  it('a lost reply makes no second event, and the one that is there is counted on', async () => {
    const { clock, api, recorder, written, lines } = useRecorder()
    let lose = 1
    api.faults = {
      after: () => {
        if (lose-- > 0) throw new Error('connection reset')
      },
    }
    recorder.normal(claim, 'A', 'a')
    await clock.advance(20_000)
    expect(written()).toMatchObject([{ count: 1 }])
    recorder.normal(claim, 'A', 'a')
    await clock.advance(0)
    expect(written()).toMatchObject([{ count: 2 }])
    expect(lines.filter(({ level }) => level !== 'v2')).toEqual([])
  })

  it('does not insist when the server refuses, as in a namespace that goes away', async () => {
    const { clock, api, recorder, lines } = useRecorder()
    api.faults = {
      before: () => {
        throw new ApiError({
          code: 403,
          reason: 'Forbidden',
          message: 'namespace is terminating',
          verb: 'create',
          path: '',
        })
      },
    }
    recorder.normal(claim, 'A', 'a')
    await clock.advance(600_000)
    expect(api.calls).toHaveLength(1)
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
  })

  it('never waits and never grows without bound: drops beyond it, and says so once per jam', async () => {
    const { clock, api, recorder, lines } = useRecorder({ maxWaiting: 10 })
    api.faults = { before: () => new Promise((resolve) => void clock.setTimer(1000, resolve)) }
    for (let time = 0; time < 50; time++) recorder.normal({ ...volume, metadata: { name: `pv-${time}` } }, 'A', 'a')
    expect(lines.filter(({ level }) => level === 'warn')).toHaveLength(1)
    await clock.advance(60_000)
    expect(api.objects(resources.events)).toHaveLength(10)
    expect(lines.filter(({ level }) => level === 'warn').at(-1)).toMatchObject({
      message: 'dropped events',
      fields: { events: 40 },
    })
  })

  it('flush resolves when all is written, and gives up with its signal', async () => {
    const { clock, api, recorder, written } = useRecorder()
    api.faults = { before: () => new Promise((resolve) => void clock.setTimer(1000, resolve)) }
    recorder.normal(claim, 'A', 'a')
    recorder.normal(claim, 'B', 'b')
    const patience = new AbortController()
    const impatient = recorder.flush({ signal: patience.signal })
    let flushed = false
    const flush = recorder.flush({ signal: new AbortController().signal }).finally(() => {
      flushed = true
    })
    patience.abort(new Error('enough'))
    await expect(impatient).rejects.toThrow('enough')
    await clock.advance(1000)
    expect(flushed).toBe(false)
    await clock.advance(1000)
    await flush
    expect(written()).toHaveLength(2)
    await recorder.flush({ signal: new AbortController().signal })
  })

  it('close drops what waits, with a line, and refuses more', async () => {
    const { clock, api, recorder, lines } = useRecorder()
    api.faults = { before: () => new Promise(() => undefined) }
    recorder.normal(claim, 'A', 'a')
    recorder.normal(claim, 'B', 'b')
    await clock.advance(0)
    recorder.close()
    recorder.close()
    recorder.normal(claim, 'C', 'c')
    await recorder.flush({ signal: new AbortController().signal })
    expect(lines.map(({ message, fields }) => [message, fields])).toEqual([
      ['dropped events that were not written yet', { events: 2 }],
    ])
  })
})
