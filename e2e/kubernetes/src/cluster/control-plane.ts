import { join } from 'node:path'
import type { BinaryPaths } from '../binaries/ensure-binaries.ts'
import type { ClusterCertificates } from './certificates.ts'
import type { ClusterFiles } from './cluster-files.ts'
import type { Daemon } from './daemon.ts'
import { apiServerPort, apiServerUrl, nodeAddress, scratchFolder, serviceRange } from './layout.ts'
import type { Processes } from './processes.ts'
import { waitForHealthy } from './wait-for-api.ts'

/** What the parts of a cluster are started with. */
export interface StartContext {
  readonly binaries: BinaryPaths
  readonly processes: Processes
  readonly certificates: ClusterCertificates
  readonly files: ClusterFiles
  readonly signal: AbortSignal
}

/** Where etcd and the API server listen and keep their files. */
export interface ApiServerPlaces {
  /** `http://HOST:PORT` of etcd. */
  readonly etcdUrl: string
  /** URL that clients of this program reach the API server by. */
  readonly url: string
  /** Addresses that the API server listens on, and the one that it tells others. */
  readonly bindAddress: string
  readonly advertiseAddress: string
  readonly securePort: number
  /** Folder of etcd's data and of what the API server writes. */
  readonly folder: string
}

/** Inside the cluster's own namespaces: standard ports, all addresses. */
export const namespacePlaces: ApiServerPlaces = {
  etcdUrl: 'http://127.0.0.1:2379',
  url: apiServerUrl,
  // All addresses: pods come by the service address, which stands on the loopback device.
  bindAddress: '0.0.0.0',
  advertiseAddress: nodeAddress,
  securePort: apiServerPort,
  folder: scratchFolder,
}

const readyTimeoutMs = 120_000

/** Starts etcd, which the API server waits for by itself. */
export async function startEtcd({ processes, ...ctx }: StartContext, places: ApiServerPlaces): Promise<void> {
  const etcd = {
    name: 'etcd1',
    'data-dir': join(places.folder, 'etcd'),
    'listen-client-urls': places.etcdUrl,
    'advertise-client-urls': places.etcdUrl,
    // Nobody joins; port 0 keeps the peer listener from claiming a fixed one.
    'listen-peer-urls': 'http://127.0.0.1:0',
    // The data dies with the run: waiting for a disk would protect nothing.
    'unsafe-no-fsync': 'true',
  }
  await processes.startService({ name: 'etcd', command: binary(ctx, 'etcd'), args: toFlags(etcd) })
}

/** Starts the API server; resolves when it is ready. */
export async function startApiServer(
  ctx: StartContext,
  places: ApiServerPlaces,
  extraFlags: Readonly<Record<string, string>> = {},
): Promise<Daemon> {
  const { processes, files } = ctx
  const apiServer = {
    'etcd-servers': places.etcdUrl,
    'secure-port': `${places.securePort}`,
    'bind-address': places.bindAddress,
    'advertise-address': places.advertiseAddress,
    'tls-cert-file': files.apiServer.cert,
    'tls-private-key-file': files.apiServer.key,
    'client-ca-file': files.ca,
    'service-account-key-file': files.serviceAccount.publicKey,
    'service-account-signing-key-file': files.serviceAccount.privateKey,
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': serviceRange,
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': 'true',
    'kubelet-client-certificate': files.kubeletClient.cert,
    'kubelet-client-key': files.kubeletClient.key,
    'kubelet-preferred-address-types': 'InternalIP,Hostname',
    'cert-dir': join(places.folder, 'apiserver'),
    v: '2',
    ...extraFlags,
  }
  const daemon = await processes.startService({
    name: 'kube-apiserver',
    command: binary(ctx, 'kube-apiserver'),
    args: toFlags(apiServer),
  })
  const { ca, admin } = ctx.certificates
  await waitForHealthy(daemon, `${places.url}/readyz`, {
    ca,
    client: admin,
    timeoutMs: readyTimeoutMs,
    signal: ctx.signal,
  })
  return daemon
}

/** Starts the controller manager and the scheduler; they need a ready API server. */
export async function startControllers(ctx: StartContext): Promise<void> {
  const { processes, files } = ctx
  const controllerManager = {
    kubeconfig: files.kubeconfigs.controllerManager,
    'service-account-private-key-file': files.serviceAccount.privateKey,
    'root-ca-file': files.ca,
    'use-service-account-credentials': 'true',
    'leader-elect': 'false',
    'kube-api-qps': '500',
    'kube-api-burst': '1000',
    'cert-dir': join(scratchFolder, 'controller-manager'),
    v: '2',
  }
  const scheduler = {
    kubeconfig: files.kubeconfigs.scheduler,
    'leader-elect': 'false',
    'cert-dir': join(scratchFolder, 'scheduler'),
    v: '2',
  }
  await processes.startService({
    name: 'kube-controller-manager',
    command: binary(ctx, 'kube-controller-manager'),
    args: toFlags(controllerManager),
  })
  await processes.startService({
    name: 'kube-scheduler',
    command: binary(ctx, 'kube-scheduler'),
    args: toFlags(scheduler),
  })
}

/** Path of a binary of the cluster.
 *
 * @throws Error when it was not prepared: a mistake in the caller.
 */
export function binary(ctx: Pick<StartContext, 'binaries'>, name: string): string {
  const path = ctx.binaries.get(name)
  if (path === undefined) throw new Error(`binary ${name} was not prepared`)
  return path
}

/** `{ a: 'b' }` as `['--a=b']`. */
export function toFlags(flags: Readonly<Record<string, string>>): string[] {
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`)
}
