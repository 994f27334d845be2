export {
  type EmbeddedApiServer,
  type EmbeddedClusterOptions,
  startEmbeddedCluster,
} from './api-server/embedded-cluster.ts'
export type { RecordedRequest, RequestRecording } from './api-server/request-recording.ts'
export { type PathRoute, parseRoute, type ResourceRoute, type Verb } from './api-server/request-route.ts'
export { type CertificateAuthority, createAuthority, type KeyedCertificate } from './certificates.ts'
export { type ClusterObjects, createClusterObjects } from './cluster-objects.ts'
export { type ComponentPlaces, componentArgs } from './component-args.ts'
export { type Command, type ComponentProcessOptions, freePort, startComponentProcess } from './component-process.ts'
export { driverBackend } from './driver-backend.ts'
export {
  type EmbeddedKubernetes,
  type EmbeddedKubernetesOptions,
  startEmbeddedKubernetes,
} from './embedded-kubernetes.ts'
export { type FaultProxy, type FaultProxyOptions, startFaultProxy } from './fault-proxy/fault-proxy.ts'
export type { ProxyAction, ProxyFault } from './fault-proxy/fault-rules.ts'
export type { Fault, RequestMatch, SetFault } from './port.ts'
export type { KubeletOptions } from './stand-ins/kubelet.ts'
export { publishPath, stagingPath } from './stand-ins/pod-volumes.ts'
export { type StandIns, startStandIns } from './stand-ins/stand-ins.ts'
