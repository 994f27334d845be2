import { readFile } from 'node:fs/promises'
import { toLeaseName } from './lease-name.ts'

/** Where a pod finds out about itself. */
export interface PodSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>
  readonly hostname: string
  /** Default: `/`. */
  readonly root?: string | undefined
}

/**
 * Namespace for the lease: the flag, else `POD_NAMESPACE`, else that of the service account, else `default`.
 */
export async function leaseNamespace(flag: string, { env, root = '/' }: PodSurroundings): Promise<string> {
  const given = flag || env['POD_NAMESPACE']
  if (given) return given
  const file = await readOptional(`${root}var/run/secrets/kubernetes.io/serviceaccount/namespace`)
  return file?.trim() || 'default'
}

/**
 * Who we are in an election: the hostname, which in a pod is the pod's name and stays the same when its container restarts, so
 * that our own lease is taken up again at once. Pods in the host's network share the node's name; there the pod's name or uid
 * is added, or two of them would both lead.
 */
export async function leaderIdentity({ env, hostname, root = '/' }: PodSurroundings): Promise<string> {
  const hosts = await readOptional(`${root}etc/hosts`)
  if (hosts?.startsWith('# Kubernetes-managed hosts file (host network)') !== true) return toLeaseName(hostname)
  const pod = env['POD_NAME'] || (await podUid(root))
  return toLeaseName(pod === undefined ? hostname : `${hostname}-${pod}`)
}

/** kubelet mounts /etc/hosts from a folder that is named after the pod. */
async function podUid(root: string): Promise<string | undefined> {
  const mounts = await readOptional(`${root}proc/self/mountinfo`)
  return /\/pods\/([0-9a-f-]{36})\/etc-hosts \/etc\/hosts /.exec(mounts ?? '')?.[1]
}

async function readOptional(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    return undefined
  }
}
