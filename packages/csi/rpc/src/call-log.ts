import { methodTypes } from '@csi-ts/csi-proto'
import type { Logger } from '@csi-ts/telemetry'
import { codeName } from './code.ts'
import type { CsiError } from './csi-error.ts'
import { redactedText } from './redact.ts'

const verbosity = 5

/** Logs calls at verbosity 5, secrets stripped; nothing is converted when the line is not written. */
export const callLog: {
  call(log: Logger | undefined, method: string, request: unknown): void
  response(log: Logger | undefined, method: string, response: unknown): void
  error(log: Logger | undefined, method: string, error: CsiError): void
} = {
  call(log, method, request) {
    if (log?.enabled(verbosity) !== true) return
    log.v(verbosity).info('GRPC call', { method, request: redactedText(method, request) })
  },
  response(log, method, response) {
    if (log?.enabled(verbosity) !== true) return
    const type = methodTypes[method]?.[1] ?? method
    log.v(verbosity).info('GRPC response', { method, response: redactedText(type, response) })
  },
  error(log, method, error) {
    if (log?.enabled(verbosity) !== true) return
    log.v(verbosity).info('GRPC error', { method, code: codeName(error.code), err: error.message })
  },
}
