/** gRPC status codes with the numbers of the wire and the names that Go, and so every Kubernetes message, uses. */
export const Code = {
  OK: 0,
  Canceled: 1,
  Unknown: 2,
  InvalidArgument: 3,
  DeadlineExceeded: 4,
  NotFound: 5,
  AlreadyExists: 6,
  PermissionDenied: 7,
  ResourceExhausted: 8,
  FailedPrecondition: 9,
  Aborted: 10,
  OutOfRange: 11,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
  Unauthenticated: 16,
} as const

/** A gRPC status code. */
export type Code = (typeof Code)[keyof typeof Code]

const names: readonly string[] = Object.keys(Code)

/** Go's spelling of a code, as in `rpc error: code = NotFound`; a number that gRPC does not define becomes `Code(n)`. */
export function codeName(code: number): string {
  return names[code] ?? `Code(${code})`
}

/** The code of a number from the wire; what gRPC does not define counts as Unknown. */
export function toCode(value: number): Code {
  return isCode(value) ? value : Code.Unknown
}

function isCode(value: number): value is Code {
  return Number.isInteger(value) && value >= 0 && value < names.length
}
