import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BinaryPaths } from '../binaries/ensure-binaries.ts'
import { runCommand } from '../host/run-command.ts'
import { renderAuditPolicy } from '../traces/audit-log.ts'
import { type ClusterCertificates, createCertificates } from './certificates.ts'
import { type ClusterFiles, writeClusterFiles } from './cluster-files.ts'
import {
  binary,
  namespacePlaces,
  type StartContext,
  startApiServer,
  startControllers,
  startEtcd,
} from './control-plane.ts'
import { nodeAddress, nodeName, serviceAddress } from './layout.ts'
import { startContainerRuntime, startKubelet } from './node.ts'
import type { Processes } from './processes.ts'

/** What {@link startCluster} needs. */
export interface ClusterOptions {
  readonly binaries: BinaryPaths
  readonly processes: Processes
  /** The PATH for kubectl. */
  readonly path: string
  /** Name of a cgroup root that exists in every hierarchy. */
  readonly cgroupRoot: string
  /** Folder for certificates and kubeconfigs. */
  readonly filesFolder: string
  /** File that takes the API server's record of what components ask. */
  readonly auditLog: string
  /** Called with each part that is up. */
  readonly onStep: (what: string) => void
  readonly signal: AbortSignal
}

/** A cluster that can run pods. */
export interface RunningCluster {
  readonly certificates: ClusterCertificates
  readonly files: ClusterFiles
  /** Runs kubectl as administrator and returns what it printed. */
  readonly kubectl: (
    args: readonly string[],
    options?: { readonly input?: string; readonly signal?: AbortSignal },
  ) => Promise<string>
}

/** Starts every part of a cluster in the namespaces of this process; resolves when a pod can run. */
export async function startCluster(options: ClusterOptions): Promise<RunningCluster> {
  const { binaries, processes, onStep } = options
  const signal = AbortSignal.any([options.signal, processes.broken])
  const names = ['localhost', 'kubernetes.default.svc', '127.0.0.1', serviceAddress, nodeAddress]
  const certificates = await createCertificates(nodeName, names)
  const files = await writeClusterFiles(options.filesFolder, certificates)
  const ctx: StartContext = { binaries, processes, certificates, files, signal }
  const auditPolicy = join(options.filesFolder, 'audit-policy.json')
  await writeFile(auditPolicy, renderAuditPolicy())
  const audit = { 'audit-log-path': options.auditLog, 'audit-policy-file': auditPolicy }
  await Promise.all([
    startEtcd(ctx, namespacePlaces)
      .then(() => startApiServer(ctx, namespacePlaces, audit))
      .then(() => onStep('etcd and kube-apiserver are ready')),
    startContainerRuntime(ctx).then(() => onStep('containerd is ready')),
  ])
  await Promise.all([startControllers(ctx), startKubelet(ctx, options.cgroupRoot)])
  const kubectl: RunningCluster['kubectl'] = (args, o) =>
    runCommand(binary(ctx, 'kubectl'), [`--kubeconfig=${files.kubeconfigs.admin}`, ...args], {
      ...o,
      signal: o?.signal ?? signal,
      env: { HOME: '/root', PATH: options.path },
    })
  // Both waits are watches; the service account is what pods of the default namespace need.
  await Promise.all([
    kubectl(['wait', '--for=create', `node/${nodeName}`, '--timeout=60s']).then(() =>
      kubectl(['wait', '--for=condition=Ready', `node/${nodeName}`, '--timeout=60s']),
    ),
    kubectl(['wait', '--for=create', 'serviceaccount/default', '--namespace=default', '--timeout=60s']),
  ])
  onStep(`${nodeName} is ready`)
  return { certificates, files, kubectl }
}
