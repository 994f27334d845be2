import { join } from 'node:path'

/** Name of the one node. */
export const nodeName = 'node1'
/** Address of the node: kubelet refuses loopback addresses, so it is on a bridge. */
export const nodeAddress = '10.77.0.1'
/** The `kubernetes` service: first address of {@link serviceRange}, put on the loopback device in place of kube-proxy. */
export const serviceAddress = '10.0.0.1'
export const serviceRange = '10.0.0.0/24'
export const podRange = '10.88.0.0/16'
/** The standard port, so that pods reach the service address without translation. */
export const apiServerPort = 443
export const apiServerUrl: string = `https://127.0.0.1:${apiServerPort}`

/** kubelet's standard folder: drivers, sockets and mounts are where they are on every node. */
export const kubeletFolder = '/var/lib/kubelet'
export const pluginRegistrationFolder: string = join(kubeletFolder, 'plugins_registry')
export const containerdSocket = '/run/containerd/containerd.sock'

/** Scratch on the namespace's own tmpfs: gone with the namespace, whatever happens. */
export const scratchFolder = '/run/csi-ts'

/** Folder that a driver keeps its socket in. */
export function pluginFolder(driver: string): string {
  return join(kubeletFolder, 'plugins', driver)
}
