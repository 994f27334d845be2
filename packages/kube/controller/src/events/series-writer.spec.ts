import { resources } from '@csi-ts/kube-api'
import { describe, expect, it } from 'vitest'
import { claim, useRecorder, volume } from '../testing/use-recorder.ts'

const minuteMs = 60_000
const v1 = { api: 'events.k8s.io/v1' } as const

describe('EventRecorder of events.k8s.io', () => {
  it('creates an Event at the first occurrence, with everything that the API insists on', async () => {
    const { clock, recorder, writtenV1 } = useRecorder(v1)
    recorder.warning(claim, 'ProvisioningFailed', 'no space', { action: 'Provisioning', related: volume })
    await clock.advance(0)
    expect(writtenV1()).toEqual([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: expect.objectContaining({
          namespace: 'shop',
          name: expect.stringMatching(/^data\.[0-9a-f]{16}$/),
        }) as unknown,
        eventTime: '2024-01-02T03:04:05.000000Z',
        regarding: {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          name: 'data',
          namespace: 'shop',
          uid: 'u1',
          resourceVersion: '5',
        },
        related: { apiVersion: 'v1', kind: 'PersistentVolume', name: 'pv-1', uid: 'u2' },
        type: 'Warning',
        reason: 'ProvisioningFailed',
        action: 'Provisioning',
        note: 'no space',
        reportingController: 'csi-provisioner',
        reportingInstance: 'csi-provisioner-node-1',
      },
    ])
  })

  it('makes it a series at the second, counts the others, and writes the count half an hour later', async () => {
    const { clock, recorder, writtenV1, verbs } = useRecorder(v1)
    const happen = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time++) {
        recorder.warning(claim, 'ProvisioningFailed', `attempt ${time}`)
        await clock.advance(minuteMs)
      }
    }
    await happen(20)
    expect(verbs()).toEqual(['create', 'patch'])
    await happen(20)
    expect(verbs()).toEqual(['create', 'patch', 'patch'])
    const [event] = writtenV1()
    // The first look after half an hour since the series began.
    expect(event).toMatchObject({
      note: 'attempt 0',
      series: { count: 36, lastObservedTime: '2024-01-02T03:39:05.000000Z' },
    })
  })

  it('ends a series after six quiet minutes with its last count; what happens then is a new Event', async () => {
    const { clock, recorder, writtenV1, verbs } = useRecorder(v1)
    for (let time = 0; time < 5; time++) recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    expect(verbs()).toEqual(['create'])
    await clock.advance(12 * minuteMs)
    expect(writtenV1()).toMatchObject([{ series: { count: 5 } }])
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    expect(writtenV1().map(({ series }) => series?.count)).toEqual([5, undefined])
  })

  it('forgets what happened once, without another write and without a timer', async () => {
    const { clock, recorder, verbs } = useRecorder(v1)
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(12 * minuteMs)
    expect(clock.pendingTimers).toBe(0)
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    expect(verbs()).toEqual(['create', 'create'])
  })

  it('tells apart by type, reason, action and both objects, not by the version of an object', async () => {
    const { clock, recorder, writtenV1 } = useRecorder(v1)
    recorder.normal(claim, 'A', 'same')
    recorder.warning(claim, 'A', 'same')
    recorder.normal(claim, 'B', 'same')
    recorder.normal(claim, 'A', 'same', { action: 'Other' })
    recorder.normal(claim, 'A', 'same', { related: volume })
    recorder.normal(volume, 'A', 'same')
    await clock.advance(0)
    expect(writtenV1()).toHaveLength(6)
    recorder.normal({ ...claim, metadata: { ...claim.metadata, resourceVersion: '6' } }, 'A', 'other')
    await clock.advance(0)
    expect(writtenV1()).toHaveLength(6)
  })

  it('writes the counts that nobody knows before it is closed', async () => {
    const { recorder, writtenV1, clock } = useRecorder(v1)
    for (let time = 0; time < 3; time++) {
      recorder.normal(claim, 'Waiting', 'for a pod')
      await clock.advance(0)
    }
    expect(writtenV1()).toMatchObject([{ series: { count: 2 } }])
    await recorder.flush({ signal: new AbortController().signal })
    expect(writtenV1()).toMatchObject([{ series: { count: 3 } }])
  })

  it('creates the Event again, with its count, when it has expired', async () => {
    const { api, clock, recorder, writtenV1 } = useRecorder(v1)
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    const name = writtenV1()[0]?.metadata.name ?? ''
    api.remove(resources.eventsV1, { namespace: 'shop', name })
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    expect(writtenV1()).toMatchObject([{ metadata: { name }, series: { count: 2 } }])
  })

  it('a refused Event is tried again when the same has happened again', async () => {
    const { api, clock, recorder, writtenV1, lines } = useRecorder(v1)
    api.faults = {
      before: () => {
        throw new RangeError('the body cannot be sent')
      },
    }
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(4 * minuteMs)
    expect(lines.filter(({ level }) => level === 'error')).toHaveLength(1)
    api.faults = {}
    recorder.normal(claim, 'Waiting', 'for a pod')
    await clock.advance(0)
    expect(writtenV1()).toMatchObject([{ series: { count: 2 } }])
  })

  it('cuts what the server would not take, between characters', async () => {
    const { clock, recorder, writtenV1 } = useRecorder({ ...v1, host: 'h'.repeat(200) })
    recorder.normal(claim, 'A', `a${'é'.repeat(600)}`)
    await clock.advance(0)
    expect(writtenV1()[0]?.note).toBe(`a${'é'.repeat(511)}`)
    expect(writtenV1()[0]?.reportingInstance).toHaveLength(128)
  })

  it.each(['', 'has space', 'x'.repeat(64), '-dash'])('refuses the component "%s" at once', (component) => {
    expect(() => useRecorder({ ...v1, component })).toThrow(/^component of events\.k8s\.io events must be at most 63/)
  })
})
