import { type Channel as GrpcChannel, Metadata, status as wireCodes } from '@grpc/grpc-js'

/** A call of the library below its client classes, which make an error with a stack for every call that succeeds. */
export interface WireCall {
  /** Asks for the next message. */
  startRead(): void
  /** Ends the call with Canceled; no effect on one that has ended. */
  cancel(): void
}

/** How a call ended. */
export interface WireStatus {
  readonly code: number
  readonly details: string
}

/** What arrives. */
export interface WireListener {
  message(bytes: Buffer): void
  /** Always last, also after a cancellation. */
  status(status: WireStatus): void
}

/** Sends one request. One message arrives for each `startRead()`; the first is asked for already. */
export function startWireCall(
  channel: GrpcChannel,
  path: string,
  request: Buffer,
  options: { readonly deadlineMs: number; readonly traceparent?: string | undefined },
  listener: WireListener,
): WireCall {
  const call = channel.createCall(path, options.deadlineMs, null, null, null)
  const metadata = new Metadata()
  if (options.traceparent !== undefined) metadata.set('traceparent', options.traceparent)
  call.start(metadata, {
    onReceiveMetadata: ignore,
    onReceiveMessage: (bytes: Buffer) => listener.message(bytes),
    onReceiveStatus: (status) => listener.status(status),
  })
  call.startRead()
  call.sendMessageWithContext({}, request)
  call.halfClose()
  return {
    startRead: () => call.startRead(),
    cancel: () => call.cancelWithStatus(wireCodes.CANCELLED, 'canceled by the caller'),
  }
}

function ignore(): void {}
