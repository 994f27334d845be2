/** A Go module of ours (a folder below `go/`) and the published module whose version names its binaries. */
export interface BinaryGroup {
  /** Folder below `e2e/kubernetes/go`. */
  readonly folder: string
  /** Module whose version in that folder's go.mod is the version of the binaries. */
  readonly module: string
  /** Binary name to the Go package that is its main. */
  readonly binaries: Readonly<Record<string, string>>
  /** Linker flags for a version such as `v1.36.3`. */
  linkerFlags(version: string): readonly string[]
}

/**
 * Every binary that can be built. One Go module per group, so that building csi-sanity does not download Kubernetes.
 * The version stamp of the Kubernetes group is what `make` would set: without it the API server reports v0.0.0-master
 * and clients complain about version skew.
 */
export const binaryGroups: readonly BinaryGroup[] = [
  {
    folder: 'etcd',
    module: 'go.etcd.io/etcd/server/v3',
    binaries: { etcd: 'go.etcd.io/etcd/server/v3' },
    linkerFlags: () => ['-s', '-w'],
  },
  {
    folder: 'kubernetes',
    module: 'k8s.io/kubernetes',
    binaries: {
      'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
      'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
      'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
      kubelet: 'k8s.io/kubernetes/cmd/kubelet',
      kubectl: 'k8s.io/kubernetes/cmd/kubectl',
    },
    linkerFlags(version) {
      const [major = '', minor = ''] = version.replace(/^v/, '').split('.')
      const stamp = { gitVersion: version, gitMajor: major, gitMinor: minor, gitTreeState: 'clean' }
      const variables = Object.entries(stamp).flatMap(([name, value]) => [
        '-X',
        `k8s.io/component-base/version.${name}=${value}`,
      ])
      return ['-s', '-w', ...variables]
    },
  },
  {
    folder: 'csi-sanity',
    module: 'github.com/kubernetes-csi/csi-test/v5',
    binaries: { 'csi-sanity': 'github.com/kubernetes-csi/csi-test/v5/cmd/csi-sanity' },
    linkerFlags: () => ['-s', '-w'],
  },
]

/** The binaries of a running cluster. */
export const clusterBinaries: readonly string[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kubectl',
]

/** What a folder named by KUBEBUILDER_ASSETS holds, by envtest's convention. */
export const envtestBinaries: readonly string[] = ['kube-apiserver', 'etcd', 'kubectl']

/** The group that builds a binary.
 *
 * @throws Error when no group has it: the name is a mistake in the caller.
 */
export function groupOf(binary: string): BinaryGroup {
  const group = binaryGroups.find((candidate) => binary in candidate.binaries)
  if (group === undefined) throw new Error(`no Go module below e2e/kubernetes/go builds "${binary}"`)
  return group
}
