import type { CapacityRange } from '@csi-ts/csi-proto'
import { Code, CsiError } from '@csi-ts/csi-rpc'

/** A capacity range without protobuf's zeros. */
export interface ParsedCapacityRange {
  /** At least this; 0n when the caller does not care. */
  readonly requiredBytes: bigint
  /** At most this; undefined when there is no limit. */
  readonly limitBytes: bigint | undefined
}

/**
 * Reads a capacity range; an absent one and one of zeros ask for nothing.
 * @throws CsiError InvalidArgument when a bound is negative or required is above the limit
 */
export function parseCapacityRange(range: CapacityRange | undefined): ParsedCapacityRange {
  const { requiredBytes = 0n, limitBytes = 0n } = range ?? {}
  if (requiredBytes < 0n) throw invalid(`capacity_range.required_bytes is ${requiredBytes}, must not be negative`)
  if (limitBytes < 0n) throw invalid(`capacity_range.limit_bytes is ${limitBytes}, must not be negative`)
  if (limitBytes !== 0n && requiredBytes > limitBytes) {
    throw invalid(`capacity_range.required_bytes ${requiredBytes} is above capacity_range.limit_bytes ${limitBytes}`)
  }
  return { requiredBytes, limitBytes: limitBytes === 0n ? undefined : limitBytes }
}

/**
 * The size of a volume that is allocated in units: the smallest multiple of `unitBytes` that holds what is required, and
 * at least `minimumBytes`.
 * @throws CsiError OutOfRange when that is above the range's limit or above `maximumBytes`
 */
export function chooseCapacityBytes(
  range: ParsedCapacityRange,
  options: {
    readonly unitBytes?: bigint
    readonly minimumBytes?: bigint
    readonly maximumBytes?: bigint | undefined
  } = {},
): bigint {
  const { unitBytes = 1n, minimumBytes = 0n, maximumBytes } = options
  if (range.requiredBytes < minimumBytes) return chooseCapacityBytes({ ...range, requiredBytes: minimumBytes }, options)
  const sizeBytes = ((range.requiredBytes + unitBytes - 1n) / unitBytes) * unitBytes
  if (range.limitBytes !== undefined && sizeBytes > range.limitBytes) {
    throw new CsiError(
      Code.OutOfRange,
      `the smallest volume has ${sizeBytes} bytes, above the limit of ${range.limitBytes}`,
    )
  }
  if (maximumBytes !== undefined && sizeBytes > maximumBytes) {
    throw new CsiError(Code.OutOfRange, `${sizeBytes} bytes requested, the largest volume has ${maximumBytes}`)
  }
  return sizeBytes
}

/** Whether a volume of that size is what the range asks for; for the repeated call with a name that is taken. */
export function isWithinRange(sizeBytes: bigint, range: ParsedCapacityRange): boolean {
  return sizeBytes >= range.requiredBytes && (range.limitBytes === undefined || sizeBytes <= range.limitBytes)
}

function invalid(message: string): CsiError {
  return new CsiError(Code.InvalidArgument, message)
}
