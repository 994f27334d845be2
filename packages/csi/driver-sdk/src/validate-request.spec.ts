import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  AccessMode,
  ControllerService,
  GroupControllerService,
  NodeService,
  SnapshotMetadataService,
  type VolumeCapability,
} from '@csi-ts/csi-proto'
import { Code } from '@csi-ts/csi-rpc'
import { describe, expect, it } from 'vitest'
import { requiredFields } from './required-fields.ts'
import { validateRequest } from './validate-request.ts'

const services = [ControllerService, NodeService, GroupControllerService, SnapshotMetadataService]
const methods = new Map(
  services.flatMap((service) => Object.values(service.methods).map((method) => [method.name, method] as const)),
)

const capability: VolumeCapability = {
  accessType: { $case: 'mount', value: { fsType: '', mountFlags: [], volumeMountGroup: '' } },
  accessMode: { mode: AccessMode.SINGLE_NODE_WRITER },
}

/** A request in which every required field is set. */
const complete: Readonly<Record<string, unknown>> = {
  name: 'a',
  volumeId: 'v',
  nodeId: 'n',
  snapshotId: 's',
  sourceVolumeId: 'v',
  sourceVolumeIds: ['v'],
  groupSnapshotId: 'g',
  baseSnapshotId: 'b',
  targetSnapshotId: 't',
  targetPath: 'some/path',
  stagingTargetPath: 'some/path',
  volumePath: 'some/path',
  capacityRange: { requiredBytes: 1n, limitBytes: 0n },
  volumeCapability: capability,
  volumeCapabilities: [capability],
}

function requestOf(method: string, change: Readonly<Record<string, unknown>> = {}): object {
  const codec = methods.get(method)?.requestType
  if (codec === undefined) throw new Error(`no method ${method}`)
  const known = Object.keys(codec.fromPartial({}))
  return codec.fromPartial(
    Object.fromEntries(Object.entries({ ...complete, ...change }).filter(([key]) => known.includes(key))) as never,
  ) as object
}

describe('required fields', () => {
  const rows = Object.entries(requiredFields).flatMap(([method, fields]) => fields.map((field) => ({ method, field })))

  it.each(rows)('$method without $field is InvalidArgument', ({ method, field }) => {
    const property = field.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
    const request = { ...requestOf(method), [property]: emptied(complete[property]) }
    expect(() => validateRequest(method, request)).toThrow(
      expect.objectContaining({ code: Code.InvalidArgument, message: `missing required field ${field}` }),
    )
  })

  it.each(Object.keys(requiredFields))('%s with all of them passes, whatever the ids and paths are', (method) => {
    const request = requestOf(method, { volumeId: 'fake-vol-id'.repeat(50), volumePath: '../../relative' })
    expect(() => validateRequest(method, request)).not.toThrow()
  })

  it('are what the protocol says, but for the named exceptions', async () => {
    const proto = await readFile(join(import.meta.dirname, '../../../../proto/csi/csi.proto'), 'utf8')
    const expected = Object.fromEntries(
      [...methods.values()].flatMap(({ name }) => {
        const fields = requiredInProto(proto, `${name}Request`)
        return fields.length === 0 ? [] : [[name, fields.toSorted()]]
      }),
    )
    expect(
      Object.fromEntries(Object.entries(requiredFields).map(([method, fields]) => [method, fields.toSorted()])),
    ).toEqual({
      ...expected,
      // `readonly`: false counts.
      ControllerPublishVolume: ['node_id', 'volume_capability', 'volume_id'],
      NodePublishVolume: ['target_path', 'volume_capability', 'volume_id'],
      // Callers change nothing by sending an empty map.
      ControllerModifyVolume: ['volume_id'],
      // An unknown group is answered without its snapshots.
      DeleteVolumeGroupSnapshot: ['group_snapshot_id'],
      GetVolumeGroupSnapshot: ['group_snapshot_id'],
      // Zero is an offset.
      GetMetadataAllocated: ['snapshot_id'],
      GetMetadataDelta: ['base_snapshot_id', 'target_snapshot_id'],
    })
  })
})

describe('validateRequest', () => {
  it('finds a missing field before anything else is judged (trap 1)', () => {
    const request = requestOf('CreateVolume', { name: '', capacityRange: { requiredBytes: -1n } })
    expect(() => validateRequest('CreateVolume', request)).toThrow('missing required field name')
  })

  it.each([
    {
      what: 'no access type',
      broken: { ...capability, accessType: undefined },
      field: 'volume_capability.access_type',
    },
    {
      what: 'no access mode',
      broken: { ...capability, accessMode: undefined },
      field: 'volume_capability.access_mode',
    },
    {
      what: 'an unknown access mode',
      broken: { ...capability, accessMode: { mode: AccessMode.UNKNOWN } },
      field: 'volume_capability.access_mode',
    },
  ])('refuses a capability with $what', ({ broken, field }) => {
    const request = requestOf('NodePublishVolume', { volumeCapability: broken })
    expect(() => validateRequest('NodePublishVolume', request)).toThrow(`missing required field ${field}`)
  })

  it('names the capability in a list', () => {
    const request = requestOf('CreateVolume', {
      volumeCapabilities: [capability, { ...capability, accessMode: undefined }],
    })
    expect(() => validateRequest('CreateVolume', request)).toThrow(
      'missing required field volume_capabilities[1].access_mode',
    )
  })

  it('leaves access modes that it does not know to the driver', () => {
    const request = requestOf('NodePublishVolume', { volumeCapability: { ...capability, accessMode: { mode: 42 } } })
    expect(() => validateRequest('NodePublishVolume', request)).not.toThrow()
  })

  it('takes names of 128 bytes and no more', () => {
    validateRequest('CreateVolume', requestOf('CreateVolume', { name: 'ü'.repeat(64) }))
    expect(() => validateRequest('CreateVolume', requestOf('CreateVolume', { name: `${'ü'.repeat(64)}x` }))).toThrow(
      'name has 129 bytes, at most 128 are allowed',
    )
  })

  it.each(['\u0000', '\u0008', '\u000b', '\u001f', '\u007f', '\u009f'])(
    'refuses the control character %j in names',
    (bad) => {
      expect(() => validateRequest('CreateSnapshot', requestOf('CreateSnapshot', { name: `a${bad}` }))).toThrow(
        expect.objectContaining({ code: Code.InvalidArgument }),
      )
    },
  )

  it.each(['\t', '\n', '\r', 'é', '名', '😀'])('allows %j in names', (good) => {
    expect(() => validateRequest('CreateVolume', requestOf('CreateVolume', { name: `a${good}` }))).not.toThrow()
  })

  it.each([
    {
      method: 'CreateVolume',
      change: { capacityRange: { requiredBytes: 2n, limitBytes: 1n } },
      code: Code.InvalidArgument,
    },
    { method: 'ControllerExpandVolume', change: { capacityRange: { limitBytes: -1n } }, code: Code.InvalidArgument },
    { method: 'ListVolumes', change: { maxEntries: -1 }, code: Code.InvalidArgument },
    { method: 'GetMetadataAllocated', change: { maxResults: -1 }, code: Code.InvalidArgument },
    { method: 'GetMetadataDelta', change: { startingOffset: -1n }, code: Code.OutOfRange },
  ])('refuses $change in $method', ({ method, change, code }) => {
    expect(() => validateRequest(method, requestOf(method, change))).toThrow(expect.objectContaining({ code }))
  })
})

function emptied(value: unknown): unknown {
  if (typeof value === 'string') return ''
  return Array.isArray(value) ? [] : undefined
}

/** Fields of a message whose comment says REQUIRED. */
function requiredInProto(proto: string, message: string): string[] {
  const body = new RegExp(`^message ${message} \\{\\n([\\s\\S]*?)^\\}`, 'm').exec(proto)?.[1] ?? ''
  const fields = [...body.matchAll(/((?:^ *\/\/.*\n)+)^ *(?:repeated )?[\w.<>, ]+? (\w+) = \d+/gm)]
  return fields.flatMap(([, comment = '', field = '']) => (/\bREQUIRED\b(?! by)/.test(comment) ? [field] : []))
}
