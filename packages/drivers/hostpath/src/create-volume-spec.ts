import type { CreateVolumeRequest } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'
import { chooseTopology, parseCapacityRange } from '@csi-ts/driver-sdk'
import { kindParameter } from './capacity-pools.ts'
import { ownSegments } from './topology.ts'
import type { Volume } from './volume.ts'
import { parseCapabilities } from './volume-capability.ts'

/** What decides about a CreateVolume request besides the request. */
export interface CreateVolumeLimits {
  readonly nodeId: string
  readonly enableTopology: boolean
  readonly maxVolumeSizeBytes: bigint
  /** Keys that `mutable_parameters` may have; undefined allows all. */
  readonly acceptedMutableParameters: ReadonlySet<string> | undefined
}

/** A CreateVolume request, checked. */
export interface CreateVolumeSpec {
  readonly name: string
  readonly requiredBytes: bigint
  readonly limitBytes: bigint | undefined
  /** What a new volume gets: the size required, or the limit when only that is given. */
  readonly sizeBytes: bigint
  readonly kind: string | undefined
  readonly capabilities: readonly string[]
  readonly parameters: Readonly<Record<string, string>>
  readonly mutableParameters: Readonly<Record<string, string>>
}

/**
 * Reads a request that the SDK has checked against the specification: all that does not depend on what exists.
 *
 * @throws CsiError InvalidArgument, OutOfRange, ResourceExhausted (another node is required).
 */
export function parseCreateVolume(request: CreateVolumeRequest, limits: CreateVolumeLimits): CreateVolumeSpec {
  const { name, parameters, mutableParameters } = request
  const capabilities = parseCapabilities(request.volumeCapabilities)
  if (request.volumeContentSource !== undefined) {
    throw new CsiError(Code.InvalidArgument, 'volume content sources are not supported')
  }
  assertMutableParameters(mutableParameters, limits.acceptedMutableParameters)
  const { requiredBytes, limitBytes } = parseCapacityRange(request.capacityRange)
  const sizeBytes = requiredBytes === 0n ? (limitBytes ?? 0n) : requiredBytes
  if (requiredBytes > limits.maxVolumeSizeBytes) throw tooLarge(requiredBytes, limits.maxVolumeSizeBytes)
  if (limits.enableTopology) chooseTopology(request.accessibilityRequirements, [ownSegments(limits.nodeId)])
  return {
    name,
    requiredBytes,
    limitBytes,
    // A limit alone asks for anything up to it.
    sizeBytes: sizeBytes > limits.maxVolumeSizeBytes ? limits.maxVolumeSizeBytes : sizeBytes,
    kind: parameters[kindParameter],
    capabilities,
    parameters,
    mutableParameters,
  }
}

/**
 * A repeated name must ask for what exists, else the caller would be given something else than it wants.
 *
 * @throws CsiError AlreadyExists naming the first difference.
 */
export function assertSameVolume(volume: Volume, spec: CreateVolumeSpec): void {
  const difference = firstDifference(volume, spec)
  if (difference !== undefined) {
    throw new CsiError(Code.AlreadyExists, `volume ${JSON.stringify(spec.name)} exists with ${difference}`)
  }
}

/**
 * All or nothing: one key that is not accepted refuses all of them.
 *
 * @throws CsiError InvalidArgument
 */
export function assertMutableParameters(
  parameters: Readonly<Record<string, string>>,
  accepted: ReadonlySet<string> | undefined,
): void {
  const refused = Object.keys(parameters).filter((key) => accepted?.has(key) === false)
  if (refused.length === 0) return
  const allowed = [...(accepted ?? [])].join(', ')
  throw new CsiError(
    Code.InvalidArgument,
    `mutable parameter ${refused.join(', ')} is not accepted; accepted: ${allowed}`,
  )
}

function firstDifference(volume: Volume, spec: CreateVolumeSpec): string | undefined {
  const { capacityBytes } = volume
  if (capacityBytes < spec.requiredBytes) return `${capacityBytes} bytes, which is less than ${spec.requiredBytes}`
  if (spec.limitBytes !== undefined && capacityBytes > spec.limitBytes) {
    return `${capacityBytes} bytes, which is more than ${spec.limitBytes}`
  }
  const { capabilities = spec.capabilities, parameters = spec.parameters } = volume
  if (!isSame(capabilities, spec.capabilities)) return `capabilities ${capabilities.join(', ')}`
  if (!isSameMap(parameters, spec.parameters)) return 'other parameters'
  if (!isSameMap(volume.mutableParameters, spec.mutableParameters)) return 'other mutable parameters'
  return undefined
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index])
}

function isSameMap(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a)
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key) && a[key] === b[key])
}

function tooLarge(bytes: bigint, maxBytes: bigint): CsiError {
  return new CsiError(Code.OutOfRange, `${bytes} bytes are more than a volume may have: ${maxBytes}`)
}
