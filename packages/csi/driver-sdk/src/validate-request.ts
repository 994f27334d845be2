import type { CapacityRange, VolumeCapability } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { parseCapacityRange } from './capacity-range.ts'
import { requireFields } from './require-fields.ts'
import { requiredFields } from './required-fields.ts'
import { assertVolumeCapability } from './volume-capability.ts'

/** Fields of any request that are checked wherever they occur. */
interface CheckedFields {
  readonly name?: string
  readonly capacityRange?: CapacityRange
  readonly volumeCapability?: VolumeCapability
  readonly volumeCapabilities?: readonly VolumeCapability[]
  readonly maxEntries?: number
  readonly maxResults?: number
  readonly startingOffset?: bigint
}

const maxNameBytes = 128

/**
 * Checks what the specification says about a request before anything is looked up: required fields, names, ranges,
 * capabilities. Ids and paths are not judged: one that cannot exist is the driver's NotFound.
 * @param method name within its service, `CreateVolume`
 * @throws CsiError InvalidArgument (OutOfRange for a negative offset) naming the field
 */
export function validateRequest(method: string, request: object): void {
  requireFields(request, requiredFields[method] ?? [])
  const fields = request as CheckedFields
  if (fields.name !== undefined) assertName(fields.name)
  if (fields.volumeCapability !== undefined) assertVolumeCapability('volume_capability', fields.volumeCapability)
  for (const [index, capability] of (fields.volumeCapabilities ?? []).entries()) {
    assertVolumeCapability(`volume_capabilities[${index}]`, capability)
  }
  if (fields.capacityRange !== undefined) parseCapacityRange(fields.capacityRange)
  assertNotNegative('max_entries', fields.maxEntries)
  assertNotNegative('max_results', fields.maxResults)
  if (fields.startingOffset !== undefined && fields.startingOffset < 0n) {
    throw new CsiError(Code.OutOfRange, `starting_offset is ${fields.startingOffset}, must not be negative`)
  }
}

function assertName(name: string): void {
  const bytes = Buffer.byteLength(name)
  if (bytes > maxNameBytes) throw invalid(`name has ${bytes} bytes, at most ${maxNameBytes} are allowed`)
  if (Array.from(name).some(isForbidden)) {
    throw invalid(`name ${JSON.stringify(name)} contains a control character`)
  }
}

/** Control characters, but for tab, line feed and carriage return. */
function isForbidden(character: string): boolean {
  const code = character.codePointAt(0) ?? 0
  return (code < 0x20 && ![0x09, 0x0a, 0x0d].includes(code)) || (code >= 0x7f && code <= 0x9f)
}

function assertNotNegative(field: string, value: number | undefined): void {
  if (value !== undefined && value < 0) throw invalid(`${field} is ${value}, must not be negative`)
}

function invalid(message: string): CsiError {
  return new CsiError(Code.InvalidArgument, message)
}
