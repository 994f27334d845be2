import { describe, expect, it } from 'vitest'
import type { ObjectMetadata } from './json-record.ts'
import { planDelete } from './plan-delete.ts'
import { pod } from './strategies/pod.ts'

const nowMs = Date.parse('2026-01-01T00:01:00Z')
const request = { gracePeriodSeconds: undefined, propagationPolicy: '', nowMs }
const podOn = (nodeName: string, metadata: ObjectMetadata = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', generation: 1, ...metadata },
  spec: { nodeName, terminationGracePeriodSeconds: 30 },
})
const config = (metadata: ObjectMetadata) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'c', ...metadata },
})

describe('planDelete of an object without a grace period', () => {
  it('removes it when nothing holds it', () => {
    expect(planDelete(config({}), request, {})).toEqual({ kind: 'remove' })
  })

  it('marks it while a finalizer holds it, once', () => {
    const plan = planDelete(config({ finalizers: ['a/b'] }), request, {})
    const metadata = {
      name: 'c',
      finalizers: ['a/b'],
      deletionTimestamp: '2026-01-01T00:01:00Z',
      deletionGracePeriodSeconds: 0,
    }
    expect(plan).toEqual({ kind: 'mark', next: config(metadata), thenRemove: false })
    expect(planDelete(config(metadata), { ...request, nowMs: nowMs + 5000 }, {})).toEqual({ kind: 'unchanged' })
  })

  it.each([
    { propagationPolicy: 'Foreground', finalizers: ['a/b', 'foregroundDeletion'] },
    { propagationPolicy: 'Orphan', finalizers: ['a/b', 'orphan'] },
    { propagationPolicy: 'Background', finalizers: ['a/b'] },
    { propagationPolicy: '', finalizers: ['orphan', 'a/b'] },
  ])('with propagation "$propagationPolicy" leaves $finalizers', ({ propagationPolicy, finalizers }) => {
    const plan = planDelete(config({ finalizers: ['orphan', 'a/b'] }), { ...request, propagationPolicy }, {})
    expect(plan).toMatchObject({ kind: 'mark', next: { metadata: { finalizers } } })
  })
})

describe('planDelete of a pod', () => {
  it('gives a running pod its grace period', () => {
    expect(planDelete(podOn('n1'), request, pod)).toMatchObject({
      kind: 'mark',
      thenRemove: false,
      next: { metadata: { deletionTimestamp: '2026-01-01T00:01:30Z', deletionGracePeriodSeconds: 30, generation: 2 } },
    })
  })

  it.each([
    { why: 'it has no node', object: podOn(''), gracePeriodSeconds: undefined },
    { why: 'no grace is asked for', object: podOn('n1'), gracePeriodSeconds: 0 },
    { why: 'it has ended', object: { ...podOn('n1'), status: { phase: 'Succeeded' } }, gracePeriodSeconds: 10 },
  ])('marks and removes it at once when $why', ({ object, gracePeriodSeconds }) => {
    expect(planDelete(object, { ...request, gracePeriodSeconds }, pod)).toMatchObject({
      kind: 'mark',
      thenRemove: true,
    })
  })

  const pending = podOn('n1', { deletionTimestamp: '2026-01-01T00:01:20Z', deletionGracePeriodSeconds: 30 })
  it.each([undefined, 30, 60])('does not prolong a pending deletion: %s', (gracePeriodSeconds) => {
    expect(planDelete(pending, { ...request, gracePeriodSeconds }, pod)).toEqual({ kind: 'unchanged' })
  })

  it('shortens a pending deletion, not into the past', () => {
    const metadata = (seconds: number) => {
      const plan = planDelete(pending, { ...request, gracePeriodSeconds: seconds }, pod)
      return plan.kind === 'mark'
        ? [plan.next.metadata.deletionTimestamp, plan.next.metadata.deletionGracePeriodSeconds]
        : plan
    }
    expect(metadata(15)).toEqual(['2026-01-01T00:01:05Z', 15])
    expect(metadata(5)).toEqual(['2026-01-01T00:01:00Z', 1])
  })

  it('keeps a pod without grace while a finalizer holds it, and removes it after the last delete', () => {
    const held = podOn('n1', { finalizers: ['a/b'] })
    expect(planDelete(held, { ...request, gracePeriodSeconds: 0 }, pod)).toMatchObject({
      kind: 'mark',
      thenRemove: false,
    })
    const over = podOn('n1', { deletionTimestamp: '2026-01-01T00:00:00Z', deletionGracePeriodSeconds: 0 })
    expect(planDelete(over, request, pod)).toEqual({ kind: 'remove' })
  })
})
