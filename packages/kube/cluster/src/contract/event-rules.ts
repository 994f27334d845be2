import assert from 'node:assert/strict'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

/** Events, in both of their groups. */
export const eventRules: readonly ContractRule[] = [
  {
    name: 'events are one and the same in both of their groups',
    async run({ create, get, path, namespace }) {
      const regarding = { kind: 'Pod', name: 'p', namespace }
      await create(path('events'), {
        metadata: { name: 'e' },
        involvedObject: regarding,
        reason: 'R',
        message: 'M',
        type: 'Normal',
        count: 2,
      })
      const event = await get(path('events.events.k8s.io', 'e'))
      assert.deepEqual([event['regarding'], event['note'], event['deprecatedCount']], [regarding, 'M', 2])
    },
  },
  {
    name: 'a new event of events.k8s.io has to say when, who, what and why',
    async run({ send, path, namespace }) {
      const regarding = { kind: 'Pod', name: 'p', namespace }
      const answer = await send('POST', path('events.events.k8s.io'), {
        body: { metadata: { name: 'e' }, regarding, note: 'N', deprecatedCount: 1 },
      })
      const errors = [
        'eventTime: Required value',
        'type: Invalid value: "": has invalid value: ',
        'count: Invalid value: "": needs to be unset',
      ]
      assertStatus(answer, {
        code: 422,
        reason: 'Invalid',
        message: `Event "e" is invalid: [${errors.join(', ')}]`,
      })
    },
  },
  {
    name: 'an event with a time has to have a reporter, an action and a reason, and a short note',
    async run({ send, path, namespace }) {
      const answer = await send('POST', path('events.events.k8s.io'), {
        body: {
          metadata: { name: 'e' },
          regarding: { kind: 'Pod', name: 'p', namespace },
          eventTime: '2026-01-02T03:04:05.000000Z',
          type: 'Normal',
          reportingController: 'c',
          reason: 'x'.repeat(129),
          note: 'é'.repeat(513),
          series: { count: 1, lastObservedTime: null },
        },
      })
      const errors = [
        'reportingInstance: Required value',
        'action: Required value',
        'reason: Invalid value: "": can have at most 128 characters',
        'message: Invalid value: "": can have at most 1024 characters',
        'series.count: Invalid value: "": should be at least 2',
        'series.lastObservedTime: Required value',
      ]
      assertStatus(answer, { code: 422, message: `Event "e" is invalid: [${errors.join(', ')}]` })
    },
  },
  {
    name: 'of an event of events.k8s.io only the series may change',
    async run({ create, merge, send, path, namespace }) {
      await create(path('events.events.k8s.io'), {
        metadata: { name: 'e' },
        regarding: { kind: 'Pod', name: 'p', namespace },
        eventTime: '2026-01-02T03:04:05.000000Z',
        type: 'Normal',
        reportingController: 'example.com/c',
        reportingInstance: 'i',
        reason: 'R',
        action: 'A',
        note: 'N',
      })
      const event = path('events.events.k8s.io', 'e')
      const series = { count: 2, lastObservedTime: '2026-01-02T03:05:05.000000Z' }
      assert.deepEqual((await merge(event, { series }))['series'], series)
      const changed = await send('PATCH', event, { body: { note: 'M' }, contentType: 'application/merge-patch+json' })
      const message = 'Event "e" is invalid: message: Invalid value: "M": field is immutable'
      assertStatus(changed, { code: 422, reason: 'Invalid', message })
      assert.equal((await merge(path('events', 'e'), { message: 'M' }))['message'], 'M')
    },
  },
]
