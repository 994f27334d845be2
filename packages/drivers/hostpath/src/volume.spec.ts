import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatVolume, InvalidVolumeRecordError, parseVolume, type Volume } from './volume.ts'
import { newVolumeId, parseVolumeId } from './volume-id.ts'

describe('parseVolumeId', () => {
  it('accepts what newVolumeId makes, and UUIDs of version 1 as the Go driver makes them', () => {
    const id = newVolumeId()
    expect(parseVolumeId(id)).toBe(id)
    expect(parseVolumeId('2f8d7c1e-6e3c-11f0-9f3b-0242ac110002')).toBeDefined()
  })

  it.each([
    '',
    '../x',
    'fake-vol-id',
    '2F8D7C1E-6E3C-11F0-9F3B-0242AC110002',
    '2f8d7c1e-6e3c-11f0-9f3b-0242ac110002\n',
    '2f8d7c1e-6e3c-11f0-9f3b-0242ac110002/..',
  ])('refuses %j', (text) => {
    expect(parseVolumeId(text)).toBeUndefined()
  })

  it('never lets through anything that is more than one path segment (property)', () => {
    const piece = fc.constantFrom('2f8d7c1e-6e3c-11f0-9f3b-0242ac110002', '/', '..', '\n', '\0', 'a', '-', '0')
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
        expect(parseVolumeId(pieces.join('')) ?? '').toMatch(/^[0-9a-f-]*$/)
      }),
    )
  })
})

describe('a volume record', () => {
  const text = fc.string({ unit: 'binary', maxLength: 20 })
  const map = fc.dictionary(
    text.filter((key) => key !== '__proto__'),
    text,
    { noNullPrototype: true, maxKeys: 4 },
  )
  const volumes: fc.Arbitrary<Volume> = fc.record(
    {
      id: fc.uuid({ version: [1, 4] }).map((id) => parseVolumeId(id) ?? newVolumeId()),
      name: text,
      phase: fc.constantFrom('creating' as const, 'ready' as const, 'deleting' as const),
      capacityBytes: fc.bigInt({ min: 0n, max: (1n << 63n) - 1n }),
      kind: text,
      capabilities: fc.array(text, { maxLength: 3 }),
      parameters: map,
      mutableParameters: map,
      attachment: fc.record({ nodeId: text, readonly: fc.boolean() }),
    },
    { requiredKeys: ['id', 'name', 'phase', 'capacityBytes', 'mutableParameters'] },
  )

  it('is read back as it was written (property)', () => {
    fc.assert(
      fc.property(volumes, (volume) => {
        expect(parseVolume(formatVolume(volume))).toEqual(volume)
      }),
    )
  })

  it.each([
    ['nothing', '', 'not JSON'],
    ['half a record', '{"version": 1, "id"', 'not JSON'],
    ['a list', '[]', 'not a JSON object'],
    ['another version', '{"version": 2}', 'version must be 1, not 2'],
    ['a path as id', record({ id: '../x' }), 'id must be a UUID'],
    ['an unknown phase', record({ phase: 'done' }), 'phase must be creating, ready or deleting'],
    ['a size that is no number', record({ capacityBytes: '1e3' }), 'capacityBytes must be a number of bytes'],
    ['a size as a JSON number', record({ capacityBytes: 1 }), 'capacityBytes must be a string'],
    ['parameters that are no strings', record({ parameters: { a: 1 } }), 'parameters must be an object of strings'],
    ['capabilities that are no list', record({ capabilities: 'x' }), 'capabilities must be a list of strings'],
    ['half an attachment', record({ attachment: { nodeId: 'x' } }), 'attachment must have nodeId and readonly'],
  ])('is refused when it is %s', (_, content, message) => {
    const parse = () => parseVolume(content)
    expect(parse).toThrow(InvalidVolumeRecordError)
    expect(parse).toThrow(message)
  })
})

function record(change: object): string {
  const valid = JSON.parse(
    formatVolume({
      id: newVolumeId(),
      name: 'a',
      phase: 'ready',
      capacityBytes: 1n,
      capabilities: [],
      parameters: {},
      mutableParameters: {},
    }),
  )
  return JSON.stringify({ ...valid, ...change })
}
