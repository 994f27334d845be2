/** A wall-clock time (milliseconds since 1970) as `metav1.Time` is written: RFC 3339 in whole seconds. */
export function formatTime(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}

/**
 * A wall-clock time as `metav1.MicroTime` is written. The API server takes exactly six fractional digits: leases and
 * `events.k8s.io` refuse anything else.
 */
export function formatMicroTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace('Z', '000Z')
}

/** Milliseconds since 1970 of either form. Throws when the text is no time. */
export function parseTimeMs(text: string): number {
  const timeMs = Date.parse(text)
  if (Number.isNaN(timeMs)) throw new Error(`"${text}" is not an RFC 3339 time`)
  return timeMs
}
