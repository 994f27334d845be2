export {
  ApiError,
  type ApiErrorFields,
  isAlreadyExists,
  isBadRequest,
  isConflict,
  isForbidden,
  isGone,
  isInternalError,
  isInvalid,
  isNotFound,
  isServerTimeout,
  isServiceUnavailable,
  isTooManyRequests,
  isUnauthorized,
} from './api-error.ts'
export type {
  DeleteCollectionOptions,
  DeleteOptions,
  KubeClient,
  ListOptions,
  ListPage,
  NewObject,
  PartialObject,
  PatchOptions,
  RawRequest,
  RawResponse,
  ResourceClient,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from './client.ts'
export type { ClusterConfig, CredentialSource, Credentials, DataSource } from './cluster-config.ts'
export { ConnectionError, type ConnectionFailure, isConnectionError } from './connection-error.ts'
export { createHttpTransport, type HttpTransportOptions } from './http-transport.ts'
export { createHttp2Transport, type Http2TransportOptions } from './http2-transport.ts'
export { createKubeClient, type KubeClientOptions } from './kube-client.ts'
export { kubeconfigFiles } from './kubeconfig-files.ts'
export { type LoadOptions, loadClusterConfig } from './load-cluster-config.ts'
export { escapeJsonPointer, type JsonPatchOperation, type Patch } from './patch.ts'
export { proxyFromEnvironment } from './proxy-from-environment.ts'
export type { RateLimit } from './rate-limit.ts'
export { requestToken, type TokenOptions } from './token-request.ts'
export type { Lane, Transport, TransportRequest, TransportResponse } from './transport.ts'
