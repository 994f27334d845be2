import { describe, expect, it } from 'vitest'
import { resourceTable } from '../generated/resource-table.ts'
import { canonicalize } from './canonical-form.ts'
import { createParser } from './field-schema.ts'

const parser = createParser(resourceTable.types)
const decode = (type: string, value: unknown, unknown: string[] = []) =>
  canonicalize(value, parser.struct(type, false), unknown)

describe('canonicalize', () => {
  it('leaves out what is empty, and writes what Go always writes', () => {
    expect(
      decode('core/v1.PersistentVolumeClaim', { metadata: { labels: {} }, spec: { volumeName: '', accessModes: [] } }),
    ).toEqual({
      metadata: {},
      spec: { resources: {} },
      status: {},
    })
  })

  it('keeps the empty values of fields that can be unset', () => {
    const spec = { storageClassName: '', selector: {} }
    expect(decode('core/v1.PersistentVolumeClaim', { spec })).toMatchObject({ spec })
  })

  it('writes lists that are required and empty as null', () => {
    expect(decode('storage/v1.CSINode', { spec: { drivers: [] } })).toEqual({ metadata: {}, spec: { drivers: null } })
  })

  it('brings quantities and times into their one form', () => {
    const spec = { resources: { requests: { storage: '0.5Gi', count: 1000 } } }
    expect(
      decode('core/v1.PersistentVolumeClaim', { metadata: { creationTimestamp: '2026-01-01T01:00:00.5+01:00' }, spec }),
    ).toMatchObject({
      metadata: { creationTimestamp: '2026-01-01T00:00:00Z' },
      spec: { resources: { requests: { storage: '512Mi', count: '1k' } } },
    })
  })

  it('names what it drops', () => {
    const unknown: string[] = []
    decode('core/v1.Pod', { more: 1, spec: { containers: [{ name: 'c', extra: {} }] }, metadata: { who: 1 } }, unknown)
    expect(unknown).toEqual(['metadata.who', 'spec.containers[0].extra', 'more'])
  })

  it.each([
    ['core/v1.Pod', { spec: 'x' }, 'json: cannot unmarshal string into Go struct field Pod.spec of type v1.PodSpec'],
    [
      'core/v1.Pod',
      { spec: { containers: [{ name: 1 }] } },
      'json: cannot unmarshal number into Go struct field Container.spec.containers.name of type string',
    ],
    ['core/v1.Secret', { data: { a: '???' } }, 'illegal base64 data at input byte 0'],
    [
      'coordination/v1.Lease',
      { spec: { renewTime: '2026-01-01T00:00:00.5Z' } },
      'parsing time "2026-01-01T00:00:00.5Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse ".5Z" as ".000000"',
    ],
  ])('refuses a value of the wrong type: %s %j', (type, value, message) => {
    expect(() => decode(type, value)).toThrow(message)
  })

  it('changes nothing that it has brought into form already', () => {
    const once = decode('core/v1.Pod', { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } })
    expect(decode('core/v1.Pod', once)).toEqual(once)
  })
})
