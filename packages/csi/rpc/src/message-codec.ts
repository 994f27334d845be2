import type { MessageCodec } from './definition.ts'

/** Fills what a handler or a caller left out with zero values. */
export function complete(codec: MessageCodec, partial: unknown): unknown {
  return codec.fromPartial((partial ?? {}) as never)
}

/** The bytes of a complete message. @throws Error when a number does not fit its field */
export function encode(codec: MessageCodec, message: unknown): Buffer {
  const bytes = codec.encode(message as never).finish()
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
