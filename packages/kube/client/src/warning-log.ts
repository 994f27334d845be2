import type { Logger } from '@csi-ts/telemetry'

/** Writes the server's warnings (deprecated versions, unknown fields) to the log. */
export interface WarningLog {
  /** Takes the `Warning` header of an answer. */
  note(header: string | undefined, log: Logger): void
}

/** A server that varies its warnings must not fill the memory. */
const maxRemembered = 100

/** Each text is written once. */
export function createWarningLog(): WarningLog {
  const written = new Set<string>()
  return {
    note(header, log): void {
      if (header === undefined) return
      for (const [, text = ''] of header.matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)) {
        if (written.has(text) || written.size >= maxRemembered) continue
        written.add(text)
        log.warn('warning from the API server', { warning: text.replaceAll(/\\(.)/g, '$1') })
      }
    },
  }
}
