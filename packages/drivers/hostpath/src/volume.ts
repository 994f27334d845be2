import { parseVolumeId, type VolumeId } from './volume-id.ts'

/**
 * How far a volume has come. `creating`: the intent is on disk, the directory may not be; nobody was told the id.
 * `ready`: it exists. `deleting`: it is going; whatever is left of the directory is removed, then the record.
 */
type VolumePhase = 'creating' | 'ready' | 'deleting'

/** Where a volume is attached (only with `--enable-attach`). */
interface Attachment {
  readonly nodeId: string
  readonly readonly: boolean
}

/** What is kept of a volume: everything that a repeated CreateVolume is compared with, in one write. */
export interface Volume {
  readonly id: VolumeId
  readonly name: string
  readonly phase: VolumePhase
  readonly capacityBytes: bigint
  /** Capacity pool that it counts against; absent when the driver ran without pools. */
  readonly kind?: string
  /** Sorted; see `parseCapabilities`. Unknown for a volume of the Go driver, which is then not compared. */
  readonly capabilities?: readonly string[]
  /** Unknown for a volume of the Go driver, likewise. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly mutableParameters: Readonly<Record<string, string>>
  readonly attachment?: Attachment
}

/** A record that cannot be read. Never guessed at: whoever deletes it deletes a volume. */
export class InvalidVolumeRecordError extends Error {
  override readonly name = 'InvalidVolumeRecordError'
}

const recordVersion = 1

/** The text of a record. */
export function formatVolume(volume: Volume): string {
  const { capacityBytes, ...rest } = volume
  return `${JSON.stringify({ version: recordVersion, ...rest, capacityBytes: String(capacityBytes) }, null, 2)}\n`
}

/**
 * The inverse of {@link formatVolume}.
 *
 * @throws InvalidVolumeRecordError naming the field that is wrong.
 */
export function parseVolume(text: string): Volume {
  const record = parseObject(text)
  if (record['version'] !== recordVersion) {
    throw new InvalidVolumeRecordError(`version must be ${recordVersion}, not ${JSON.stringify(record['version'])}`)
  }
  const id = parseVolumeId(requireString(record, 'id'))
  if (id === undefined) throw new InvalidVolumeRecordError('id must be a UUID')
  const phase = requireString(record, 'phase')
  if (phase !== 'creating' && phase !== 'ready' && phase !== 'deleting') {
    throw new InvalidVolumeRecordError('phase must be creating, ready or deleting')
  }
  const capacity = requireString(record, 'capacityBytes')
  if (!/^\d{1,19}$/.test(capacity)) throw new InvalidVolumeRecordError('capacityBytes must be a number of bytes')
  return {
    id,
    name: requireString(record, 'name'),
    phase,
    capacityBytes: BigInt(capacity),
    ...(record['kind'] === undefined ? {} : { kind: requireString(record, 'kind') }),
    ...(record['capabilities'] === undefined ? {} : { capabilities: requireStrings(record, 'capabilities') }),
    ...(record['parameters'] === undefined ? {} : { parameters: requireStringMap(record, 'parameters') }),
    mutableParameters: requireStringMap(record, 'mutableParameters'),
    ...(record['attachment'] === undefined ? {} : { attachment: parseAttachment(record['attachment']) }),
  }
}

type JsonObject = Readonly<Record<string, unknown>>

function parseObject(text: string): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new InvalidVolumeRecordError('not JSON', { cause })
  }
  if (!isObject(value)) throw new InvalidVolumeRecordError('not a JSON object')
  return value
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function requireString(record: JsonObject, field: string): string {
  const value = record[field]
  if (typeof value !== 'string') throw new InvalidVolumeRecordError(`${field} must be a string`)
  return value
}

function requireStrings(record: JsonObject, field: string): readonly string[] {
  const value = record[field]
  if (!Array.isArray(value) || !value.every((item) => typeof item === 'string')) {
    throw new InvalidVolumeRecordError(`${field} must be a list of strings`)
  }
  return value
}

function requireStringMap(record: JsonObject, field: string): Readonly<Record<string, string>> {
  const value = record[field]
  if (!isObject(value) || !Object.values(value).every((item) => typeof item === 'string')) {
    throw new InvalidVolumeRecordError(`${field} must be an object of strings`)
  }
  return value as Readonly<Record<string, string>>
}

function parseAttachment(value: unknown): Attachment {
  if (!isObject(value) || typeof value['nodeId'] !== 'string' || typeof value['readonly'] !== 'boolean') {
    throw new InvalidVolumeRecordError('attachment must have nodeId and readonly')
  }
  return { nodeId: value['nodeId'], readonly: value['readonly'] }
}
