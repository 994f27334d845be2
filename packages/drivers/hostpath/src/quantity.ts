const binary: Readonly<Record<string, bigint>> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
}
const decimalExponents: Readonly<Record<string, number>> = {
  '': 0,
  n: -9,
  u: -6,
  m: -3,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}

/** Larger exponents make numbers that no disk has and no computer holds. */
const maxExponent = 30

/**
 * Reads a Kubernetes quantity (`10Gi`, `1.5G`, `1e9`, `1024`) as bytes, rounded up as Kubernetes rounds.
 *
 * @throws Error that says what is allowed; also for negative ones.
 */
export function parseQuantityBytes(text: string): bigint {
  const match = /^\+?(\d*)(?:\.(\d*))?(Ki|Mi|Gi|Ti|Pi|Ei|[numkMGTPE]|[eE][+-]?\d+)?$/.exec(text)
  const [, whole = '', fraction = '', suffix = ''] = match ?? []
  if (match === null || whole + fraction === '') throw invalid(text)
  const digits = BigInt(whole + fraction)
  const unit = binary[suffix]
  if (unit !== undefined) return ceilDivide(digits * unit, 10n ** BigInt(fraction.length))
  const exponent = (decimalExponents[suffix] ?? Number(suffix.slice(1))) - fraction.length
  if (Math.abs(exponent) > maxExponent) throw invalid(text)
  return exponent >= 0 ? digits * 10n ** BigInt(exponent) : ceilDivide(digits, 10n ** BigInt(-exponent))
}

function ceilDivide(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b
}

function invalid(text: string): Error {
  return new Error(`${JSON.stringify(text)} is not a quantity such as 10Gi, 500M or 1073741824`)
}
