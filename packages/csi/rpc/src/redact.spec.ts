import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AccessMode, CreateVolumeRequest, fieldTypes, ProbeResponse, secretFields } from '@csi-ts/csi-proto'
import { describe, expect, it } from 'vitest'
import { redact, redactedText } from './redact.ts'

const path = '/csi.v1.Controller/CreateVolume'
const request = CreateVolumeRequest.fromPartial({
  name: 'pvc-1',
  capacityRange: { requiredBytes: 2n ** 60n },
  volumeCapabilities: [
    { accessType: { $case: 'mount', value: { fsType: 'ext4' } }, accessMode: { mode: AccessMode.SINGLE_NODE_WRITER } },
  ],
  parameters: { z: '', a: '1' },
  secrets: { password: 'hunter2' },
})

describe('redact', () => {
  it('shows set fields only, sorted, in snake case, enums by name, 64-bit integers as numbers', () => {
    expect(redactedText(path, request)).toBe(
      '{"capacity_range":{"required_bytes":1152921504606846976},"name":"pvc-1","parameters":{"a":"1","z":""},' +
        '"secrets":"***stripped***","volume_capabilities":[{"access_mode":{"mode":"SINGLE_NODE_WRITER"},"mount":{"fs_type":"ext4"}}]}',
    )
  })

  it('takes a message type as well as a method', () => {
    expect(redact('csi.v1.CreateVolumeRequest', request)).toEqual(redact(path, request))
  })

  it('shows an enum value that it does not know as a number', () => {
    const capability = { accessMode: { mode: 99 } }
    expect(redact('csi.v1.VolumeCapability', capability)).toEqual({ access_mode: { mode: 99 } })
  })

  it('shows a wrapped false, which is set, and nothing when it is absent', () => {
    expect(redactedText('csi.v1.ProbeResponse', ProbeResponse.fromPartial({ ready: false }))).toBe('{"ready":false}')
    expect(redactedText('csi.v1.ProbeResponse', ProbeResponse.fromPartial({}))).toBe('{}')
  })

  it('strips fields called secrets of types that it does not know', () => {
    expect(redact('acme.Request', { deep: 1, secrets: { a: 'hunter2' } })).toEqual({
      deep: 1,
      secrets: '***stripped***',
    })
  })

  it('treats keys of maps as data', () => {
    const context = JSON.parse('{"__proto__":"x","name":"kept"}') as Record<string, string>
    expect(redactedText('csi.v1.Volume', { volumeContext: context })).toBe(
      '{"volume_context":{"__proto__":"x","name":"kept"}}',
    )
  })

  it('strips the service account tokens that kubelet puts into a volume context', () => {
    const volumeContext = { 'csi.storage.k8s.io/serviceAccount.tokens': '{"":{"token":"hunter2"}}', share: 'a' }
    expect(redactedText('/csi.v1.Node/NodePublishVolume', { volumeContext })).toBe(
      '{"volume_context":{"csi.storage.k8s.io/serviceAccount.tokens":"***stripped***","share":"a"}}',
    )
  })

  it('strips every field that the protocol marks with csi_secret', () => {
    const types = Object.keys(secretFields)
    expect(types).toHaveLength(22)
    for (const type of types) {
      const shown = redactedText(type, { volumeId: 'v', secrets: { key: 'hunter2' } })
      expect(`${type} ${shown}`).toBe(`${type} {"secrets":"***stripped***","volume_id":"v"}`)
    }
  })

  it('finds a secret inside a message that the table only knows as nested', () => {
    const nested = Object.entries(fieldTypes).flatMap(([type, fields]) =>
      Object.entries(fields)
        .filter(([, inner]) => secretFields[inner] !== undefined)
        .map(([field]) => `${type}.${field}`),
    )
    expect(nested).toEqual([]) // today secrets are at the top; the redactor recurses for the day they are not
  })

  it('writes every field of the protocol under its own name', async () => {
    const proto = await readFile(join(import.meta.dirname, '../../../../proto/csi/csi.proto'), 'utf8')
    const names = [...proto.matchAll(/^\s+(?:repeated )?[\w.<>, ]+ (\w+) = \d+/gm)].map((match) => match[1] ?? '')
    expect(names.length).toBeGreaterThan(200)
    for (const name of names.filter((one) => /^[a-z_]+$/.test(one))) {
      const property = name.replace(/_([a-z])/g, (_match, letter: string) => letter.toUpperCase())
      expect(redact('acme.Any', { [property]: 'x' })).toEqual({ [name]: name === 'secrets' ? '***stripped***' : 'x' })
    }
  })
})
