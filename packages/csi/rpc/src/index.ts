export { type BoundMethod, type BoundService, bindService } from './bind-service.ts'
export { type CallDurations, type CallMetrics, type CallMetricsOptions, createCallMetrics } from './call-metrics.ts'
export { type Channel, type ChannelOptions, openChannel } from './channel.ts'
export { createClient } from './client.ts'
export { Code, codeName } from './code.ts'
export { CsiError, isFinalError, toGoErrorText } from './csi-error.ts'
export type {
  CallContext,
  CallOptions,
  Client,
  Handlers,
  MessageCodec,
  MethodDefinition,
  RequestOf,
  ResponseOf,
  ServiceDefinition,
} from './definition.ts'
export { type Endpoint, parseEndpoint, parseServerEndpoint } from './endpoint.ts'
export { listenOnSocket, type SocketListener } from './listen-on-socket.ts'
export type { InterceptedCall, Interceptor } from './pipeline.ts'
export { redact, redactedText } from './redact.ts'
export { type RpcServer, type ServeOptions, serve } from './serve.ts'
