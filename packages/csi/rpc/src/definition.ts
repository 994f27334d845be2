import type { DeepPartial } from '@csi-ts/csi-proto'
import type { Logger, TraceContext, WorkContext } from '@csi-ts/telemetry'

/** What this package needs of a generated message: to write, read and complete it. */
export interface MessageCodec {
  // Methods, because their parameters compare bivariantly: every generated message fits.
  encode(message: never): { finish(): Uint8Array }
  decode(input: Uint8Array): unknown
  fromPartial(object: never): unknown
}

/** One method of a generated service definition. */
export interface MethodDefinition {
  readonly name: string
  readonly requestType: MessageCodec
  readonly responseType: MessageCodec
  readonly requestStream: boolean
  readonly responseStream: boolean
}

/** A service definition as ts-proto generates it, such as `ControllerService` of @csi-ts/csi-proto. */
export interface ServiceDefinition {
  readonly name: string
  readonly fullName: string
  readonly methods: Readonly<Record<string, MethodDefinition>>
}

/** The complete request message of a method. */
export type RequestOf<M extends MethodDefinition> = ReturnType<M['requestType']['decode']>

/** The complete response message of a method. */
export type ResponseOf<M extends MethodDefinition> = ReturnType<M['responseType']['decode']>

/** How one call is made. A WorkContext fits. */
export interface CallOptions {
  /** Cancels the call, here and in the driver. */
  readonly signal?: AbortSignal | undefined
  /** Where the call is logged at verbosity 5. Default: the channel's logger. */
  readonly log?: Logger | undefined
  /** The caller's trace; travels as the `traceparent` header. */
  readonly trace?: TraceContext | undefined
  /** Deadline of the call; it travels to the driver as well. Default: none, the call waits as long as the driver takes. */
  readonly timeoutMs?: number | undefined
  /** Value of the `migrated` metric label, for metrics that have it. Default false. */
  readonly migrated?: boolean | undefined
}

/** What a handler gets beside the request. */
export interface CallContext extends WorkContext {
  /** Full path, `/csi.v1.Controller/CreateVolume`. */
  readonly method: string
  /** Wall time, in milliseconds since the epoch, when the caller gives up; absent when it never does. */
  readonly deadlineMs?: number
}

/** A client of a service: one function per method. Errors are CsiErrors; arguments may leave out any field. */
export type Client<Def extends ServiceDefinition> = {
  readonly [K in keyof Def['methods']]: ClientMethod<Def['methods'][K]>
}

type ClientMethod<M extends MethodDefinition> = M['responseStream'] extends true
  ? (request: DeepPartial<RequestOf<M>>, ctx: CallOptions) => AsyncIterable<ResponseOf<M>>
  : (request: DeepPartial<RequestOf<M>>, ctx: CallOptions) => Promise<ResponseOf<M>>

/** The implementation of a service: one function per method, which may answer directly or with a promise. */
export type Handlers<Def extends ServiceDefinition> = {
  readonly [K in keyof Def['methods']]: Handler<Def['methods'][K]>
}

type Handler<M extends MethodDefinition> = M['responseStream'] extends true
  ? (request: RequestOf<M>, ctx: CallContext) => AsyncIterable<DeepPartial<ResponseOf<M>>>
  : (request: RequestOf<M>, ctx: CallContext) => Promise<DeepPartial<ResponseOf<M>>> | DeepPartial<ResponseOf<M>>
