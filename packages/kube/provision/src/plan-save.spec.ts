import { ApiError } from '@csi-ts/kube-client'
import { describe, expect, it } from 'vitest'
import { isRefused, planTaken } from './plan-save.ts'
import type { NewVolume, StoredVolume, VolumeView } from './provisioner.ts'

const storageId = (volume: StoredVolume): string | undefined => volume.spec.csi?.volumeHandle

function existing(handle: string, claimUid: string | undefined, leaving = false): VolumeView {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name: 'pvc-1', ...(leaving ? { deletionTimestamp: '2024-01-02T03:04:05Z' } : {}) },
    spec: {
      csi: { driver: 'd', volumeHandle: handle },
      ...(claimUid === undefined ? {} : { claimRef: { uid: claimUid } }),
    },
  }
}

const wanted: NewVolume = {
  metadata: { name: 'pvc-1' },
  spec: { csi: { driver: 'd', volumeHandle: 'mine' }, claimRef: { uid: 'u1' } },
}

describe('planTaken', () => {
  it.each([
    { why: 'the same volume', volume: existing('mine', 'u1'), expected: 'saved' },
    { why: 'the same volume, being deleted', volume: existing('mine', 'u1', true), expected: 'leaving' },
    { why: 'other storage of the same claim', volume: existing('other', 'u1'), expected: 'orphan' },
    { why: 'other storage of another claim', volume: existing('other', 'u2'), expected: 'orphan' },
    { why: 'the same storage for another claim', volume: existing('mine', 'u2'), expected: 'foreign' },
    {
      why: 'the same storage for another claim, being deleted',
      volume: existing('mine', 'u2', true),
      expected: 'foreign',
    },
    { why: 'the same storage for no claim', volume: existing('mine', undefined), expected: 'foreign' },
  ])('$why: $expected', ({ volume, expected }) => {
    expect(planTaken(wanted, volume, storageId).kind).toBe(expected)
  })
})

describe('isRefused', () => {
  const apiError = (code: number, reason: string): ApiError =>
    new ApiError({ code, reason, message: 'no', verb: 'create', path: '/api/v1/persistentvolumes' })

  it.each([
    { code: 400, reason: 'BadRequest', expected: true },
    { code: 403, reason: 'Forbidden', expected: true },
    { code: 413, reason: 'RequestEntityTooLarge', expected: true },
    { code: 422, reason: 'Invalid', expected: true },
    { code: 401, reason: 'Unauthorized', expected: false },
    { code: 409, reason: 'AlreadyExists', expected: false },
    { code: 429, reason: 'TooManyRequests', expected: false },
    { code: 500, reason: 'InternalError', expected: false },
    { code: 503, reason: 'ServiceUnavailable', expected: false },
  ])('$code $reason: $expected', ({ code, reason, expected }) => {
    expect(isRefused(apiError(code, reason))).toBe(expected)
  })

  it('is not an answer that never came', () => {
    expect(isRefused(new Error('socket hang up'))).toBe(false)
  })
})
