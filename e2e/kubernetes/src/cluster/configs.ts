import { join } from 'node:path'
import type { KeyedCertificate } from '@csi-ts/kube-cluster'
import { containerdSocket, nodeAddress, podRange, scratchFolder } from './layout.ts'

/** A kubeconfig with the certificates inside, as JSON (which is YAML). */
export function renderKubeconfig(o: { ca: string; client: KeyedCertificate; server: string }): string {
  return kubeconfig(o, {
    'client-certificate-data': base64(o.client.cert),
    'client-key-data': base64(o.client.key),
  })
}

/** A kubeconfig with a bearer token. */
export function renderTokenKubeconfig(o: { ca: string; token: string; server: string }): string {
  return kubeconfig(o, { token: o.token })
}

function kubeconfig({ ca, server }: { ca: string; server: string }, user: object): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'e2e', cluster: { server, 'certificate-authority-data': base64(ca) } }],
    users: [{ name: 'user', user }],
    contexts: [{ name: 'e2e', context: { cluster: 'e2e', user: 'user' } }],
    'current-context': 'e2e',
  }
  return JSON.stringify(config, undefined, 2)
}

/** KubeletConfiguration, as JSON (which is YAML). */
export function renderKubeletConfig(o: { caFile: string; cgroupRoot: string }): string {
  return JSON.stringify(
    {
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: o.caFile } },
      authorization: { mode: 'Webhook' },
      cgroupDriver: 'cgroupfs',
      cgroupRoot: o.cgroupRoot,
      // Kubernetes 1.36 refuses cgroup v1 unless told otherwise; development machines still have it.
      failCgroupV1: false,
      failSwapOn: false,
      containerRuntimeEndpoint: `unix://${containerdSocket}`,
      // The node's file systems are in memory: there is no disk to watch, and no pod must be evicted for it.
      localStorageCapacityIsolation: false,
      evictionHard: {
        'memory.available': '50Mi',
        'nodefs.available': '0%',
        'imagefs.available': '0%',
        'nodefs.inodesFree': '0%',
      },
      imageGCHighThresholdPercent: 100,
      resolvConf: '',
      rotateCertificates: false,
      registerNode: true,
      volumePluginDir: join(scratchFolder, 'volume-plugins'),
      // Tests wait for these; the defaults spare large clusters.
      syncFrequency: '10s',
      nodeStatusUpdateFrequency: '5s',
      shutdownGracePeriod: '0s',
    },
    undefined,
    2,
  )
}

/**
 * containerd's configuration, merged by it with its defaults. Without `restrict_oom_score_adj` runc fails on a machine
 * without CAP_SYS_RESOURCE ("can't get final child's PID from pipe: EOF").
 */
export function renderContainerdConfig(o: { sandboxImage: string }): string {
  return `version = 2
root = "/var/lib/containerd"
state = "/run/containerd"

[grpc]
  address = "${containerdSocket}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${join(scratchFolder, 'containerd-opt')}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${o.sandboxImage}"
  restrict_oom_score_adj = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/etc/cni/net.d"
`
}

/** The pod network: one bridge. Pods reach the node, and the service address on it, by their default route. */
export function renderCniConfig(): string {
  return JSON.stringify(
    {
      cniVersion: '0.4.0',
      name: 'csi-ts',
      plugins: [
        {
          type: 'bridge',
          bridge: 'pods0',
          isGateway: true,
          ipam: { type: 'host-local', ranges: [[{ subnet: podRange }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    },
    undefined,
    2,
  )
}

/** The namespace's hosts file: the node's name resolves, the outside does not exist. */
export function renderHosts(nodeName: string): string {
  return `127.0.0.1 localhost\n${nodeAddress} ${nodeName}\n`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64')
}
