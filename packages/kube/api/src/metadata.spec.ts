import { describe, expect, it } from 'vitest'
import { annotationOf, annotations } from './annotations.ts'
import { type Condition, findCondition, isConditionTrue, withCondition, withoutCondition } from './conditions.ts'
import { hasFinalizer, isTerminating, withFinalizer, withoutFinalizer } from './finalizers.ts'
import { controllerOf, objectReference, ownerReference } from './owner-references.ts'
import { formatMicroTime, formatTime, parseTimeMs } from './time.ts'

describe('finalizers', () => {
  const object = { metadata: { name: 'a', finalizers: ['x', 'y'] } }

  it('are added once and removed wholly, without touching the object', () => {
    expect(withFinalizer(object, 'z')).toEqual(['x', 'y', 'z'])
    expect(withFinalizer(object, 'x')).toEqual(['x', 'y'])
    expect(withFinalizer({ metadata: {} }, 'x')).toEqual(['x'])
    expect(withoutFinalizer(object, 'x')).toEqual(['y'])
    expect(withoutFinalizer({ metadata: { finalizers: ['x', 'y', 'x'] } }, 'x')).toEqual(['y'])
    expect(object.metadata.finalizers).toEqual(['x', 'y'])
  })

  it('are found', () => {
    expect(hasFinalizer(object, 'y')).toBe(true)
    expect(hasFinalizer({ metadata: {} }, 'y')).toBe(false)
    expect(isTerminating(object)).toBe(false)
    expect(isTerminating({ metadata: { deletionTimestamp: '2024-01-02T03:04:05Z' } })).toBe(true)
  })
})

describe('conditions', () => {
  const before: Condition[] = [
    { type: 'Ready', status: 'False', lastTransitionTime: 'then' },
    { type: 'Other', status: 'True', lastTransitionTime: 'then' },
  ]

  it('change their time only with their status', () => {
    expect(withCondition(before, { type: 'Ready', status: 'True', reason: 'Up' }, 'now')).toEqual([
      { type: 'Ready', status: 'True', reason: 'Up', lastTransitionTime: 'now' },
      before[1],
    ])
    expect(withCondition(before, { type: 'Ready', status: 'False', reason: 'Still' }, 'now')[0]).toEqual({
      type: 'Ready',
      status: 'False',
      reason: 'Still',
      lastTransitionTime: 'then',
    })
    expect(withCondition(undefined, { type: 'New', status: 'True' }, 'now')).toEqual([
      { type: 'New', status: 'True', lastTransitionTime: 'now' },
    ])
    expect(before).toHaveLength(2)
  })

  it('are found and removed by type', () => {
    expect(findCondition(before, 'Other')).toBe(before[1])
    expect(isConditionTrue(before, 'Other')).toBe(true)
    expect(isConditionTrue(before, 'Ready')).toBe(false)
    expect(isConditionTrue(undefined, 'Ready')).toBe(false)
    expect(withoutCondition(before, 'Ready')).toEqual([before[1]])
  })
})

describe('references', () => {
  const owner = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u', resourceVersion: '1' },
  }

  it('to an owner need its uid', () => {
    expect(ownerReference(owner, { controller: true })).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      uid: 'u',
      controller: true,
    })
    expect(() => ownerReference({ ...owner, metadata: { name: 'p' } })).toThrow('Pod p has no uid')
  })

  it('to the controller are found among the others', () => {
    const controller = ownerReference(owner, { controller: true })
    expect(controllerOf({ metadata: { ownerReferences: [ownerReference(owner), controller] } })).toBe(controller)
    expect(controllerOf({ metadata: {} })).toBeUndefined()
  })

  it('of events and claims name everything that is known', () => {
    expect(objectReference(owner)).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      name: 'p',
      namespace: 'n',
      uid: 'u',
      resourceVersion: '1',
    })
    expect(objectReference({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' } })).toEqual({
      apiVersion: 'v1',
      kind: 'Node',
      name: 'x',
    })
  })
})

describe('times', () => {
  const timeMs = Date.UTC(2024, 0, 2, 3, 4, 5, 67)

  it('are written as the API wants them', () => {
    expect(formatTime(timeMs)).toBe('2024-01-02T03:04:05Z')
    expect(formatMicroTime(timeMs)).toBe('2024-01-02T03:04:05.067000Z')
    expect(parseTimeMs(formatMicroTime(timeMs))).toBe(timeMs)
    expect(parseTimeMs('2024-01-02T03:04:05.067123Z')).toBe(timeMs)
    expect(() => parseTimeMs('soon')).toThrow('"soon" is not an RFC 3339 time')
  })
})

describe('annotationOf', () => {
  it('reads one annotation', () => {
    const claim = { metadata: { annotations: { [annotations.selectedNode]: 'n' } } }
    expect(annotationOf(claim, annotations.selectedNode)).toBe('n')
    expect(annotationOf({ metadata: {} }, annotations.selectedNode)).toBeUndefined()
  })
})
