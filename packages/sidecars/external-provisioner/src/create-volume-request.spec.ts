import { describe, expect, it } from 'vitest'
import { type CreateVolumeSettings, planCreateVolume } from './create-volume-request.ts'
import type { DriverFacts } from './driver-facts.ts'
import { plainDriver, requestFor } from './testing/requests.ts'

const settings: CreateVolumeSettings = { defaultFsType: '', extraCreateMetadata: false, volumeAttributesClass: true }

describe('planCreateVolume', () => {
  it('asks for what claim and class say', () => {
    const request = requestFor({
      storageClass: { parameters: { type: 'ssd', 'csi.storage.k8s.io/fstype': 'xfs' }, mountOptions: ['noatime'] },
    })
    expect(planCreateVolume(request, plainDriver, settings)).toMatchObject({
      requestedBytes: 1024n ** 3n,
      fsType: 'xfs',
      secrets: {},
      request: {
        name: 'pvc-u1',
        capacityRange: { requiredBytes: 1024n ** 3n, limitBytes: 0n },
        parameters: { type: 'ssd' },
        volumeCapabilities: [{ accessType: { $case: 'mount', value: { fsType: 'xfs', mountFlags: ['noatime'] } } }],
      },
    })
  })

  it.each([
    { storage: '1', bytes: 1n },
    { storage: '1500m', bytes: 2n },
    { storage: '0.5Ki', bytes: 512n },
    { storage: '5970004541', bytes: 5_970_004_541n },
    { storage: '8Ei', bytes: 2n ** 63n - 1n },
  ])('asks for $storage as $bytes bytes, rounded up and exact (must get right 61)', ({ storage, bytes }) => {
    const request = requestFor({ claim: { resources: { requests: { storage } } } })
    expect(planCreateVolume(request, plainDriver, settings).requestedBytes).toBe(bytes)
  })

  it('never sets a limit, whatever the claim says', () => {
    const request = requestFor({ claim: { resources: { requests: { storage: '1Gi' }, limits: { storage: '2Gi' } } } })
    expect(planCreateVolume(request, plainDriver, settings).request.capacityRange?.limitBytes).toBe(0n)
  })

  it('adds the names of claim and volume when told to, which a class cannot forge', () => {
    const request = requestFor({ storageClass: { parameters: { type: 'ssd' } } })
    expect(
      planCreateVolume(request, plainDriver, { ...settings, extraCreateMetadata: true }).request.parameters,
    ).toEqual({
      type: 'ssd',
      'csi.storage.k8s.io/pvc/name': 'data',
      'csi.storage.k8s.io/pvc/namespace': 'shop',
      'csi.storage.k8s.io/pv/name': 'pvc-u1',
    })
    const forging = requestFor({ storageClass: { parameters: { 'csi.storage.k8s.io/pv/name': 'forged' } } })
    expect(() => planCreateVolume(forging, plainDriver, { ...settings, extraCreateMetadata: true })).toThrow(
      'found unknown parameter key "csi.storage.k8s.io/pv/name" with reserved namespace csi.storage.k8s.io/',
    )
  })

  it('has no file system of its own, and takes the default for classes that name none (must get right 9)', () => {
    expect(planCreateVolume(requestFor({}), plainDriver, settings).fsType).toBe('')
    expect(planCreateVolume(requestFor({}), plainDriver, { ...settings, defaultFsType: 'ext4' }).fsType).toBe('ext4')
  })

  it('finds the secrets of the class, each under its own keys or the default', () => {
    const parameters = {
      'csi.storage.k8s.io/secret-name': 'shared',
      'csi.storage.k8s.io/secret-namespace': 'all',
      'csi.storage.k8s.io/provisioner-secret-name': "${pvc.annotations['team']}",
      'csi.storage.k8s.io/provisioner-secret-namespace': '${pvc.namespace}',
    }
    const request = requestFor({ annotations: { team: 'red' }, storageClass: { parameters } })
    const shared = { name: 'shared', namespace: 'all' }
    expect(planCreateVolume(request, plainDriver, settings).secrets).toEqual({
      provisioner: { name: 'red', namespace: 'shop' },
      controllerPublish: shared,
      nodeStage: shared,
      nodePublish: shared,
      controllerExpand: shared,
      nodeExpand: shared,
      controllerModify: shared,
    })
  })

  it('takes the class of mutable parameters from the claim, unless the feature is off', () => {
    const driver: DriverFacts = { ...plainDriver, modifiesVolumes: true }
    const request = requestFor({ claim: { volumeAttributesClassName: 'gold' } })
    expect(planCreateVolume(request, driver, settings).volumeAttributesClassName).toBe('gold')
    const off = { ...settings, volumeAttributesClass: false }
    expect(planCreateVolume(request, plainDriver, off).volumeAttributesClassName).toBeUndefined()
  })

  it.each<{ why: string; change: Parameters<typeof requestFor>[0]; driver?: Partial<DriverFacts>; message: string }>([
    { why: 'a driver that cannot', change: {}, driver: { cannotProvision: 'it cannot' }, message: 'it cannot' },
    {
      why: 'a selector',
      change: { claim: { selector: { matchLabels: { a: 'b' } } } },
      message: 'claim Selector is not supported',
    },
    {
      why: 'an attributes class for a driver without modification',
      change: { claim: { volumeAttributesClassName: 'gold' } },
      message: 'CSI driver does not support VolumeAttributesClass',
    },
    {
      why: 'an unknown access mode',
      change: { claim: { accessModes: ['Once'] } },
      message: 'unknown access mode "Once"',
    },
    {
      why: 'two file systems',
      change: { storageClass: { parameters: { fstype: 'xfs', FSTYPE: 'ext4' } } },
      message: 'fstype specified in more than one parameter: FSTYPE, fstype',
    },
    {
      why: 'a wrong secret template of any use',
      change: {
        storageClass: {
          parameters: {
            'csi.storage.k8s.io/node-stage-secret-name': '${pod.name}',
            'csi.storage.k8s.io/node-stage-secret-namespace': 'a',
          },
        },
      },
      message: 'error resolving csi.storage.k8s.io/node-stage-secret-name "${pod.name}": invalid tokens: ["pod.name"]',
    },
    {
      why: 'an unknown reserved parameter',
      change: { storageClass: { parameters: { 'csi.storage.k8s.io/fstyp': 'xfs' } } },
      message: 'found unknown parameter key "csi.storage.k8s.io/fstyp"',
    },
    {
      why: 'a size that is no quantity',
      change: { claim: { resources: { requests: { storage: 'big' } } } },
      message: 'big',
    },
  ])('refuses $why', ({ change, driver, message }) => {
    expect(() => planCreateVolume(requestFor(change), { ...plainDriver, ...driver }, settings)).toThrow(message)
  })
})
