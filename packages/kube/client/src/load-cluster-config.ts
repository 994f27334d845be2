import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClusterConfig } from './cluster-config.ts'
import { readKubeconfig } from './kubeconfig.ts'
import { proxyFromEnvironment } from './proxy-from-environment.ts'

/** Where to look. */
export interface LoadOptions {
  /**
   * Path of a kubeconfig file, or several that are merged as client-go merges those of `KUBECONFIG` (see `kubeconfigFiles`;
   * files that do not exist are left out). Absent or empty: the pod's service account.
   */
  readonly kubeconfig?: string | readonly string[] | undefined
  /** Context of the kubeconfig. Default: its current one. */
  readonly context?: string | undefined
  /** Server address that wins over the file's. */
  readonly master?: string | undefined
  /**
   * The process's environment; `KUBERNETES_SERVICE_HOST` and `_PORT` are read, and `HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`
   * (see `proxyFromEnvironment`), over which a kubeconfig's `proxy-url` wins. Not `KUBECONFIG`: as for client-go's programs
   * with a flag, that is the caller's to default.
   */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Default: where kubelet mounts it. */
  readonly serviceAccountDir?: string | undefined
}

/**
 * How to reach the cluster: a kubeconfig file's current context, or the service account of the pod. Certificates and tokens
 * in files stay references, so that they are followed when they change. Throws an Error of one line that says what is
 * wrong, and where.
 */
export async function loadClusterConfig(options: LoadOptions): Promise<ClusterConfig> {
  const { kubeconfig = [], context, master, env } = options
  const files = typeof kubeconfig === 'string' ? [kubeconfig].filter(Boolean) : kubeconfig
  const found = files.length > 0 ? await readKubeconfig(files, context) : await inClusterConfig(options)
  const config = master ? { ...found, server: master } : found
  const proxyUrl = config.proxyUrl ?? proxyFromEnvironment(config.server, env)
  return proxyUrl === undefined ? config : { ...config, proxyUrl }
}

async function inClusterConfig({
  env,
  master,
  serviceAccountDir = '/var/run/secrets/kubernetes.io/serviceaccount',
}: LoadOptions): Promise<ClusterConfig> {
  const host = env['KUBERNETES_SERVICE_HOST']
  const port = env['KUBERNETES_SERVICE_PORT']
  if (!host || !port) {
    if (master) return { server: master }
    throw new Error(
      'no cluster is configured: not in a pod (KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set), and no kubeconfig was given',
    )
  }
  const file = (name: string): string => join(serviceAccountDir, name)
  const namespace = await readOptional(file('namespace'))
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    ca: { file: file('ca.crt') },
    token: { file: file('token') },
    ...(namespace === undefined ? {} : { namespace }),
  }
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim() || undefined
  } catch {
    return undefined
  }
}
