import type { Logger } from '@csi-ts/telemetry'
import { setLogger } from '@grpc/grpc-js'

/** Options that both ends share: messages of any size (ListVolumes pages grow), no tracing registry. */
export const sharedOptions = {
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  'grpc.enable_channelz': 0,
} as const

/**
 * Sends what the gRPC library has to say to our log, at verbosity 4: left alone, it writes to stderr in a format of its
 * own. The library has one logger per process; the last to ask gets it.
 */
export function redirectLibraryLog(log: Logger): void {
  const write = (...parts: unknown[]): void => log.v(4).info('grpc library', { text: parts.map(String).join(' ') })
  setLogger({ error: write, info: write, debug: write })
}
