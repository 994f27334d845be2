import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  AccessMode,
  ControllerCapability,
  ControllerService,
  CreateVolumeRequest,
  enumNames,
  fieldTypes,
  GroupControllerService,
  IdentityService,
  methodTypes,
  NodeService,
  RegistrationService,
  SnapshotMetadataService,
  secretFields,
  VolumeUsage,
} from './index.ts'

const proto = await readFile(join(import.meta.dirname, '../../../../proto/csi/csi.proto'), 'utf8')

describe('secretFields', () => {
  it('has every field that the protocol marks, and no other', () => {
    const marked = [...proto.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)].flatMap(([, message = '', body = '']) =>
      [...body.matchAll(/(\w+) = \d+\s*\[[^\]]*\(csi_secret\) = true/g)].map(([, field = '']) => [
        `csi.v1.${message}`,
        field,
      ]),
    )
    const listed = Object.entries(secretFields).flatMap(([message, fields]) => fields.map((field) => [message, field]))
    expect(marked.length).toBe(proto.match(/\(csi_secret\) = true/g)?.length)
    expect(listed).toEqual(marked)
  })
})

describe('methodTypes', () => {
  it('has every method of every service definition', () => {
    const services = [
      ControllerService,
      GroupControllerService,
      IdentityService,
      NodeService,
      RegistrationService,
      SnapshotMetadataService,
    ]
    const paths = services.flatMap(({ fullName, methods }) =>
      Object.values(methods).map(({ name }) => `/${fullName}/${name}`),
    )
    expect(Object.keys(methodTypes).toSorted()).toEqual(paths.toSorted())
    expect(methodTypes['/csi.v1.Controller/CreateVolume']).toEqual([
      'csi.v1.CreateVolumeRequest',
      'csi.v1.CreateVolumeResponse',
    ])
  })
})

describe('enumNames', () => {
  it('agrees with the generated enums', () => {
    expect(enumNames['csi.v1.VolumeCapability.AccessMode.Mode']).toEqual(byNumber(AccessMode))
    expect(enumNames['csi.v1.ControllerServiceCapability.RPC.Type']).toEqual(byNumber(ControllerCapability))
  })

  it('knows what fields hold', () => {
    expect(fieldTypes['csi.v1.VolumeCapability']).toEqual({
      block: 'csi.v1.VolumeCapability.BlockVolume',
      mount: 'csi.v1.VolumeCapability.MountVolume',
      accessMode: 'csi.v1.VolumeCapability.AccessMode',
    })
  })
})

describe('messages', () => {
  it('carry 64-bit integers without loss', () => {
    for (const total of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]) {
      const bytes = VolumeUsage.encode(VolumeUsage.fromPartial({ total })).finish()
      expect(VolumeUsage.decode(bytes).total).toBe(total)
    }
    expect(() => VolumeUsage.encode(VolumeUsage.fromPartial({ total: 2n ** 63n }))).toThrow('too large')
  })

  it('keep enum values that this version does not know', () => {
    const request = CreateVolumeRequest.fromPartial({ volumeCapabilities: [{ accessMode: { mode: 99 as never } }] })
    const decoded = CreateVolumeRequest.decode(CreateVolumeRequest.encode(request).finish())
    expect(decoded.volumeCapabilities[0]?.accessMode?.mode).toBe(99)
  })

  it('skip fields of other versions', () => {
    // Field 1000, a string, as a newer caller may send it.
    const bytes = Buffer.concat([
      CreateVolumeRequest.encode(CreateVolumeRequest.fromPartial({ name: 'a' })).finish(),
      Buffer.from([0xc2, 0x3e, 1, 0x78]),
    ])
    expect(CreateVolumeRequest.decode(bytes).name).toBe('a')
  })
})

function byNumber(values: Readonly<Record<string, number>>): Readonly<Record<number, string>> {
  return Object.fromEntries(Object.entries(values).flatMap(([name, value]) => (value < 0 ? [] : [[value, name]])))
}
