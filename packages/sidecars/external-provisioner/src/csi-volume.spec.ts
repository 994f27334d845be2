import type { Volume } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { planCreateVolume } from './create-volume-request.ts'
import { toPersistentVolume } from './csi-volume.ts'
import type { DriverFacts } from './driver-facts.ts'
import { plainDriver, requestFor } from './testing/requests.ts'

const settings = { defaultFsType: '', extraCreateMetadata: false, volumeAttributesClass: true }
const volumeSettings = { identity: '1-2-hostpath.csi.k8s.io', controllerPublishReadonly: false }

function volumeFor(
  change: Parameters<typeof requestFor>[0] & {
    readonly made?: Partial<Volume>
    readonly driver?: Partial<DriverFacts>
    readonly controllerPublishReadonly?: boolean
  },
): ReturnType<typeof toPersistentVolume> {
  const request = requestFor(change)
  const driver = { ...plainDriver, ...change.driver }
  const made: Volume = {
    capacityBytes: 1024n ** 3n,
    volumeId: 'handle-1',
    volumeContext: {},
    accessibleTopology: [],
    ...change.made,
  }
  const { controllerPublishReadonly = false } = change
  return toPersistentVolume(request, planCreateVolume(request, driver, settings), made, driver, {
    ...volumeSettings,
    controllerPublishReadonly,
  })
}

describe('toPersistentVolume', () => {
  it('writes exactly what a plain volume needs', () => {
    expect(volumeFor({ storageClass: { reclaimPolicy: 'Delete' } })).toEqual({
      metadata: {
        name: 'pvc-u1',
        annotations: {
          'volume.kubernetes.io/provisioner-deletion-secret-name': '',
          'volume.kubernetes.io/provisioner-deletion-secret-namespace': '',
        },
      },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: {
          driver: 'hostpath.csi.k8s.io',
          volumeHandle: 'handle-1',
          volumeAttributes: { 'storage.kubernetes.io/csiProvisionerIdentity': '1-2-hostpath.csi.k8s.io' },
        },
        persistentVolumeReclaimPolicy: 'Delete',
      },
    })
  })

  it('keeps modes, mount options, file system and attributes class', () => {
    const volume = volumeFor({
      claim: { volumeMode: 'Filesystem', volumeAttributesClassName: 'gold' },
      driver: { modifiesVolumes: true },
      storageClass: { mountOptions: ['noatime'], reclaimPolicy: 'Retain', parameters: { fstype: 'xfs' } },
    })
    expect(volume.spec).toMatchObject({
      mountOptions: ['noatime'],
      persistentVolumeReclaimPolicy: 'Retain',
      volumeMode: 'Filesystem',
      volumeAttributesClassName: 'gold',
      csi: { fsType: 'xfs' },
    })
  })

  it('writes no file system for a block volume', () => {
    const volume = volumeFor({ claim: { volumeMode: 'Block' }, storageClass: { parameters: { fstype: 'xfs' } } })
    expect(volume.spec.volumeMode).toBe('Block')
    expect(volume.spec.csi).not.toHaveProperty('fsType')
  })

  it.each([
    { capacityBytes: 0n, expected: '1Gi', why: 'a capacity of 0 means unknown' },
    { capacityBytes: 5_905_580_032n, expected: '5632Mi', why: 'a larger volume is taken as it is' },
    { capacityBytes: 5_970_004_541n, expected: '5970004541', why: 'bytes are not rounded' },
  ])('writes $expected: $why', ({ capacityBytes, expected }) => {
    expect(volumeFor({ made: { capacityBytes } }).spec.capacity).toEqual({ storage: expected })
  })

  it("lets the driver's context win over the identity", () => {
    const volumeContext = { 'storage.kubernetes.io/csiProvisionerIdentity': 'mine', pool: 'a' }
    expect(volumeFor({ made: { volumeContext } }).spec.csi?.volumeAttributes).toEqual(volumeContext)
  })

  it.each([
    { accessModes: ['ReadOnlyMany'], flag: true, expected: true },
    { accessModes: ['ReadOnlyMany'], flag: false, expected: undefined },
    { accessModes: ['ReadOnlyMany', 'ReadWriteOnce'], flag: true, expected: undefined },
    { accessModes: ['ReadWriteMany'], flag: true, expected: undefined },
  ])(
    'is read-only only with the flag and ReadOnlyMany alone: $accessModes, $flag',
    ({ accessModes, flag, expected }) => {
      expect(volumeFor({ claim: { accessModes }, controllerPublishReadonly: flag }).spec.csi?.readOnly).toBe(expected)
    },
  )

  it('remembers the secrets, so that they outlive the class', () => {
    const parameters = {
      'csi.storage.k8s.io/secret-name': 'shared',
      'csi.storage.k8s.io/secret-namespace': 'all',
      'csi.storage.k8s.io/provisioner-secret-name': 'creator',
      'csi.storage.k8s.io/provisioner-secret-namespace': 'one',
    }
    const volume = volumeFor({ storageClass: { parameters } })
    const shared = { name: 'shared', namespace: 'all' }
    expect(volume.metadata.annotations).toEqual({
      'volume.kubernetes.io/provisioner-deletion-secret-name': 'creator',
      'volume.kubernetes.io/provisioner-deletion-secret-namespace': 'one',
      'volume.kubernetes.io/controller-modify-secret-name': 'shared',
      'volume.kubernetes.io/controller-modify-secret-namespace': 'all',
    })
    expect(volume.spec.csi).toMatchObject({
      controllerPublishSecretRef: shared,
      nodeStageSecretRef: shared,
      nodePublishSecretRef: shared,
      controllerExpandSecretRef: shared,
      nodeExpandSecretRef: shared,
    })
  })

  it('is bound to nodes only by a driver with topology', () => {
    const made = { accessibleTopology: [{ segments: { zone: 'z1' } }] }
    expect(volumeFor({ made }).spec).not.toHaveProperty('nodeAffinity')
    expect(volumeFor({ made, driver: { topology: true } }).spec.nodeAffinity).toEqual({
      required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator: 'In', values: ['z1'] }] }] },
    })
  })
})
