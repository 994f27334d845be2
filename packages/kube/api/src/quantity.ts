/** How a quantity was written, and is written again. */
export type QuantityFormat = 'BinarySI' | 'DecimalSI' | 'DecimalExponent'

const nanosPerUnit = 1_000_000_000n
/** Quantities are capped at the largest int64, as the API server does. */
const maxNanos = (2n ** 63n - 1n) * nanosPerUnit
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'] as const
/** Suffixes of 10^-9, 10^-6 ... 10^18. */
const decimalSuffixes = ['n', 'u', 'm', '', 'k', 'M', 'G', 'T', 'P', 'E'] as const
const grammar = /^([+-]?)(\d*)(?:(\.)(\d*))?(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$/
/** Beyond these, an exponent only ever means "nothing" or "the cap". */
const exponentLimit = 1000n

/**
 * A Kubernetes resource quantity, exact. Nothing smaller than 10^-9 exists: what is written smaller rounds away from
 * zero. Source: the grammar and canonical form of `apimachinery/pkg/api/resource`.
 */
export class Quantity {
  /** The value in units of 10^-9. */
  readonly nanos: bigint
  readonly format: QuantityFormat

  constructor(nanos: bigint, format: QuantityFormat) {
    this.nanos = nanos > maxNanos ? maxNanos : nanos < -maxNanos ? -maxNanos : nanos
    this.format = format
  }

  /** The value as a whole number, rounded up (away from zero): bytes of storage, or whole CPUs. */
  ceil(): bigint {
    return divideAwayFromZero(this.nanos, nanosPerUnit)
  }

  /** Negative, zero or positive, as this quantity is smaller than, equal to or larger than the other. */
  compare(other: Quantity): number {
    return this.nanos < other.nanos ? -1 : this.nanos > other.nanos ? 1 : 0
  }

  /** The sum, in the format of this quantity. */
  plus(other: Quantity): Quantity {
    return new Quantity(this.nanos + other.nanos, this.format)
  }

  /** The canonical form: no fraction, the largest suffix that keeps the number whole. */
  toString(): string {
    if (this.nanos === 0n) return '0'
    const whole = this.nanos / nanosPerUnit
    const isWhole = this.nanos % nanosPerUnit === 0n
    // Below 1024 a binary suffix cannot be used, and a fraction would be lost.
    if (this.format === 'BinarySI' && isWhole && (whole >= 1024n || whole <= -1024n)) return formatBinary(whole)
    const { mantissa, exponent } = inThousands(this.nanos)
    if (this.format === 'DecimalExponent') return exponent === 0 ? `${mantissa}` : `${mantissa}e${exponent}`
    return `${mantissa}${decimalSuffixes[exponent / 3 + 3] ?? `e${exponent}`}`
  }

  /** Written as text, as the API does. */
  toJSON(): string {
    return this.toString()
  }
}

/** Parses a quantity: `10`, `1.5Gi`, `100m`, `5e3`, `+1k`. Throws on anything else, naming the text. */
export function parseQuantity(text: string): Quantity {
  const match = grammar.exec(text)
  const [, sign = '', integer = '', , fraction = '', binary, decimal, exponentText] = match ?? []
  if (match === null || (integer === '' && fraction === '')) {
    throw new Error(
      `"${text}" is not a quantity: want a number and one of the suffixes n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent`,
    )
  }
  const digits = BigInt(`${integer}${fraction}`)
  const format = binary !== undefined ? 'BinarySI' : exponentText !== undefined ? 'DecimalExponent' : 'DecimalSI'
  const nanos = scale(digits, fraction.length, binary, decimal, exponentText)
  const isSmallBinary = format === 'BinarySI' && nanos > 0n && nanos < nanosPerUnit
  return new Quantity(sign === '-' ? -nanos : nanos, isSmallBinary ? 'DecimalSI' : format)
}

/** A storage size in bytes, rounded up. Throws when the text is no quantity. */
export function quantityToBytes(text: string): bigint {
  return parseQuantity(text).ceil()
}

/** A storage size as Kubernetes writes it: `1Gi`, `1500Mi`, `1000`. */
export function formatBytes(bytes: bigint): string {
  return new Quantity(bytes * nanosPerUnit, 'BinarySI').toString()
}

function scale(
  digits: bigint,
  fractionDigits: number,
  binary: string | undefined,
  decimal: string | undefined,
  exponentText: string | undefined,
): bigint {
  if (binary !== undefined) {
    const power = BigInt((binarySuffixes as readonly string[]).indexOf(binary))
    return divideAwayFromZero(digits * nanosPerUnit * 1024n ** power, 10n ** BigInt(fractionDigits))
  }
  const written = exponentText !== undefined ? clampExponent(BigInt(exponentText)) : decimalExponent(decimal ?? '')
  const exponent = written + 9n - BigInt(fractionDigits)
  return exponent >= 0n ? digits * 10n ** exponent : divideAwayFromZero(digits, 10n ** -exponent)
}

function decimalExponent(suffix: string): bigint {
  return BigInt(((decimalSuffixes as readonly string[]).indexOf(suffix) - 3) * 3)
}

function clampExponent(exponent: bigint): bigint {
  return exponent > exponentLimit ? exponentLimit : exponent < -exponentLimit ? -exponentLimit : exponent
}

function divideAwayFromZero(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  if (dividend % divisor === 0n) return quotient
  return dividend < 0n ? quotient - 1n : quotient + 1n
}

function formatBinary(whole: bigint): string {
  let mantissa = whole
  let power = 0
  while (mantissa % 1024n === 0n && power < binarySuffixes.length - 1) {
    mantissa /= 1024n
    power += 1
  }
  return `${mantissa}${binarySuffixes[power] ?? ''}`
}

function inThousands(nanos: bigint): { mantissa: bigint; exponent: number } {
  let mantissa = nanos
  let exponent = -9
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n
    exponent += 3
  }
  return { mantissa, exponent }
}
