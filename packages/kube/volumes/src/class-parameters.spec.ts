import { describe, expect, it } from 'vitest'
import {
  deprecatedParameters,
  resolveFsType,
  secretParameterParts,
  stripReservedParameters,
} from './class-parameters.ts'

describe('stripReservedParameters', () => {
  it('keeps every reserved key from the driver', () => {
    const reserved = Object.fromEntries([
      ['csi.storage.k8s.io/fstype', 'ext4'],
      ...secretParameterParts.flatMap((part) => [
        [`csi.storage.k8s.io/${part}-name`, 'a'],
        [`csi.storage.k8s.io/${part}-namespace`, 'b'],
      ]),
    ])
    expect(stripReservedParameters({ ...reserved, type: 'ssd' })).toEqual({ type: 'ssd' })
  })

  it('passes the deprecated keys on, as upstream does', () => {
    const parameters = { FSType: 'ext4', csiProvisionerSecretName: 'a', csiProvisionerSecretNamespace: 'b' }
    expect(stripReservedParameters(parameters)).toEqual(parameters)
  })

  it('refuses an unknown key with the reserved prefix, so that a class cannot pretend to be the sidecar', () => {
    expect(() => stripReservedParameters({ 'csi.storage.k8s.io/pvc/name': 'forged' })).toThrow(
      'found unknown parameter key "csi.storage.k8s.io/pvc/name" with reserved namespace csi.storage.k8s.io/',
    )
  })
})

describe('resolveFsType', () => {
  it.each([
    { why: 'the reserved key', parameters: { 'csi.storage.k8s.io/fstype': 'xfs' }, expected: 'xfs' },
    { why: 'the deprecated key in any case', parameters: { FsType: 'xfs' }, expected: 'xfs' },
    { why: 'the default when the class names none', parameters: {}, expected: 'ext4' },
    { why: 'an empty value as it is', parameters: { fstype: '' }, expected: '' },
  ])('takes $why', ({ parameters, expected }) => {
    expect(resolveFsType(parameters, 'ext4')).toBe(expected)
  })

  it('has no default of its own', () => {
    expect(resolveFsType({}, '')).toBe('')
  })

  it('refuses a type that is named twice', () => {
    expect(() => resolveFsType({ fstype: 'xfs', 'csi.storage.k8s.io/fstype': 'xfs' }, '')).toThrow(
      'fstype specified in more than one parameter: csi.storage.k8s.io/fstype, fstype',
    )
  })
})

describe('deprecatedParameters', () => {
  it('names each old key with its replacement, and nothing else', () => {
    expect(
      deprecatedParameters({
        fstype: 'xfs',
        csiNodeStageSecretName: 'a',
        'csi.storage.k8s.io/fstype': 'x',
        type: 'ssd',
      }),
    ).toEqual([
      { key: 'fstype', replacement: 'csi.storage.k8s.io/fstype' },
      { key: 'csiNodeStageSecretName', replacement: 'csi.storage.k8s.io/node-stage-secret-name' },
    ])
  })
})
