/** One workspace package: what its generated package.json, tsconfigs and vitest config, and the boundary check, are made from. */
export interface PackageRow {
  /** Folder below the repository root. */
  readonly folder: string
  /** npm name without the `@csi-ts/` scope. */
  readonly name: string
  /** One sentence; becomes the package.json description. */
  readonly description: string
  /** Published with semver promises; internal packages are published for the others to depend on, or not at all. */
  readonly visibility: 'public' | 'internal'
  /** Folders (or bands ending in `/*`) that the sources may import: the law of docs/architecture.md. */
  readonly mayImport: readonly string[]
  /** Folders that sources really import; becomes `dependencies`. */
  readonly uses?: readonly string[]
  /** Folders that only specs import; `tools` for `@csi-ts/tools/readme-sample`. */
  readonly testUses?: readonly string[]
  /** npm packages that sources import, by name (versions are in `versions`). */
  readonly npm?: readonly string[]
  /** npm packages imported on demand: optional peers of whoever installs the package. */
  readonly optionalPeers?: readonly string[]
  /** npm packages that only specs import, or whose types are flattened at build. */
  readonly devNpm?: readonly string[]
  /** Entry points besides `.`: export path to source file. */
  readonly entries?: Readonly<Record<string, string>>
  /** False for a package that has no `src/index.ts`. */
  readonly main?: false
  /** Commands: name to source file. */
  readonly bin?: Readonly<Record<string, string>>
}

/** A private workspace: TypeScript that Node runs as it is, outside the published packages. */
export interface WorkspaceRow {
  readonly folder: string
  readonly name: string
  readonly description: string
  /** Folders of packages that it imports, or `all`. */
  readonly uses: readonly string[] | 'all'
  /** Other private workspaces that it imports, by folder. */
  readonly workspaces?: readonly string[]
  readonly npm?: readonly string[]
  readonly entries?: Readonly<Record<string, string>>
  /** nx targets besides typecheck, lint and test. */
  readonly targets?: Readonly<Record<string, object>>
}

/** The pinned version of every npm package that a workspace depends on. */
export const versions: Readonly<Record<string, string>> = {
  '@bufbuild/protobuf': '2.17.0',
  '@grpc/grpc-js': '1.14.7',
  '@kubernetes/client-node': '2.0.1',
  '@peculiar/x509': '2.2.0',
  'fast-check': '4.10.2',
  'prom-client': '15.1.3',
  yaml: '2.9.1',
}

const core = ['core/concurrency', 'core/telemetry', 'core/process'].map((name) => `packages/${name}`)
const kube = ['api', 'client', 'controller', 'volumes', 'provision', 'snapshot-api'].map(
  (name) => `packages/kube/${name}`,
)
const testing = { './testing': 'src/testing/index.ts' }

/** Everything that a sidecar may import. */
const sidecar = [
  'packages/sidecars/kit',
  ...kube,
  'packages/csi/client',
  'packages/csi/health',
  'packages/csi/node-registration',
  'packages/csi/rpc',
  'packages/csi/proto',
  ...core,
]

/** The table. Order is by band; a package only ever imports packages above it. */
export const packages: readonly PackageRow[] = [
  {
    folder: 'packages/core/concurrency',
    name: 'concurrency',
    description: 'Injected clock, backoff with jitter, keyed locks, semaphore, linked signals',
    visibility: 'public',
    mayImport: [],
    testUses: ['tools'],
    entries: testing,
  },
  {
    folder: 'packages/core/telemetry',
    name: 'telemetry',
    description: 'klog text and JSON logs, metrics registries',
    visibility: 'public',
    mayImport: ['packages/core/concurrency'],
    uses: ['packages/core/concurrency'],
    testUses: ['tools'],
    npm: ['prom-client'],
    entries: testing,
  },
  {
    folder: 'packages/core/process',
    name: 'process',
    description: 'Go-style flag tables, feature gates, runMain with signals and typed exit reasons, HTTP endpoints',
    visibility: 'public',
    mayImport: core,
    uses: ['packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['tools'],
    entries: testing,
  },
  {
    folder: 'packages/csi/proto',
    name: 'csi-proto',
    description: 'Generated TypeScript of the CSI, plugin registration and snapshot metadata protocols',
    visibility: 'public',
    mayImport: [],
    testUses: ['tools'],
    npm: ['@bufbuild/protobuf'],
  },
  {
    folder: 'packages/csi/rpc',
    name: 'csi-rpc',
    description: 'Both ends of the CSI socket: promises, deadlines, one error class, redaction, metrics',
    visibility: 'public',
    mayImport: ['packages/csi/proto', ...core],
    uses: ['packages/csi/proto', 'packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['tools'],
    npm: ['@grpc/grpc-js'],
    entries: testing,
  },
  {
    folder: 'packages/csi/client',
    name: 'csi-client',
    description: 'What a caller of a CSI driver needs: connection, readiness, capabilities',
    visibility: 'public',
    mayImport: ['packages/csi/rpc', 'packages/csi/proto', ...core],
    uses: ['packages/csi/rpc', 'packages/csi/proto', 'packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['packages/csi/driver-sdk', 'packages/csi/mock-driver', 'tools'],
  },
  {
    folder: 'packages/csi/health',
    name: 'csi-health',
    description: 'Probing a CSI driver and answering its health over HTTP',
    visibility: 'public',
    mayImport: ['packages/csi/client', 'packages/csi/rpc', 'packages/csi/proto', ...core],
    testUses: ['tools'],
    uses: [
      'packages/csi/client',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
  },
  {
    folder: 'packages/csi/node-registration',
    name: 'node-registration',
    description: 'Registration of a CSI driver with kubelet',
    visibility: 'public',
    mayImport: ['packages/csi/rpc', 'packages/csi/proto', ...core],
    testUses: ['tools'],
    uses: [
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
  },
  {
    folder: 'packages/csi/driver-sdk',
    name: 'driver-sdk',
    description: 'Write a CSI driver: implement the methods you have, the rest comes with it',
    visibility: 'public',
    mayImport: [
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/csi/health',
      'packages/csi/node-registration',
      ...core,
    ],
    uses: [
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/csi/health',
      'packages/csi/node-registration',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['packages/csi/client', 'tools'],
    entries: testing,
  },
  {
    folder: 'packages/csi/mock-driver',
    name: 'mock-driver',
    description: 'A CSI driver whose answers a test scripts',
    visibility: 'public',
    mayImport: ['packages/csi/driver-sdk', 'packages/csi/rpc', 'packages/csi/proto', ...core],
    uses: [
      'packages/csi/driver-sdk',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['packages/csi/client', 'tools'],
    bin: { 'csi-mock-driver': 'src/main.ts' },
  },
  {
    folder: 'packages/csi/sanity',
    name: 'sanity',
    description: 'Conformance suite for CSI drivers in any language, as data, with a runner and a vitest adapter',
    visibility: 'public',
    mayImport: ['packages/csi/client', 'packages/csi/rpc', 'packages/csi/proto', ...core],
    uses: [
      'packages/csi/client',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: [
      'packages/csi/driver-sdk',
      'packages/csi/mock-driver',
      'packages/drivers/hostpath',
      'packages/host/mount',
      'tools',
    ],
    npm: ['yaml'],
    entries: { './vitest': 'src/vitest.ts' },
    bin: { 'csi-ts-sanity': 'src/main.ts' },
  },
  {
    folder: 'packages/kube/api',
    name: 'kube-api',
    description:
      'Kubernetes resource types, quantities, selectors, conditions and finalizers, without the official client',
    visibility: 'public',
    mayImport: [],
    testUses: ['tools'],
    devNpm: ['@kubernetes/client-node', 'fast-check'],
  },
  {
    folder: 'packages/kube/client',
    name: 'kube-client',
    description: 'Typed REST and watch client of the Kubernetes API, and kubeconfig',
    visibility: 'public',
    mayImport: ['packages/kube/api', ...core],
    uses: ['packages/kube/api', 'packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['packages/kube/cluster', 'tools'],
    npm: ['yaml'],
    devNpm: ['@kubernetes/client-node', '@peculiar/x509', 'fast-check'],
    optionalPeers: ['@kubernetes/client-node'],
    entries: testing,
  },
  {
    folder: 'packages/kube/controller',
    name: 'kube-controller',
    description: 'Informers, work queue, reconcilers, leader election, events and manager',
    visibility: 'public',
    mayImport: ['packages/kube/client', 'packages/kube/api', ...core],
    uses: ['packages/kube/client', 'packages/kube/api', 'packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['packages/kube/cluster', 'packages/core/process', 'tools'],
    devNpm: ['fast-check'],
    entries: testing,
  },
  {
    folder: 'packages/kube/volumes',
    name: 'kube-volumes',
    description: 'Claims and volumes in terms of CSI: access modes, capabilities, secret templates',
    visibility: 'public',
    mayImport: ['packages/kube/api', 'packages/csi/proto'],
    uses: ['packages/csi/proto'],
    testUses: ['tools'],
    devNpm: ['fast-check'],
  },
  {
    folder: 'packages/kube/provision',
    name: 'kube-provision',
    description: 'The generic provision controller: claims to volumes, any storage',
    visibility: 'public',
    mayImport: ['packages/kube/controller', 'packages/kube/client', 'packages/kube/api', ...core],
    uses: [
      'packages/kube/controller',
      'packages/kube/client',
      'packages/kube/api',
      'packages/core/concurrency',
      'packages/core/telemetry',
    ],
    testUses: ['packages/kube/cluster', 'tools'],
    entries: testing,
  },
  {
    folder: 'packages/host/mount',
    name: 'mount',
    description: 'Mount table, bind mounts, statistics and safe paths on Linux',
    visibility: 'public',
    mayImport: core,
    uses: ['packages/core/concurrency', 'packages/core/telemetry'],
    testUses: ['tools'],
    devNpm: ['fast-check'],
    entries: testing,
  },
  {
    folder: 'packages/kube/cluster',
    name: 'kube-cluster',
    description:
      'A Kubernetes API server in memory with stand-ins for the control plane and kubelet, and a fault proxy',
    visibility: 'public',
    mayImport: [
      'packages/kube/api',
      'packages/kube/client',
      'packages/kube/controller',
      'packages/csi/client',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/host/mount',
      ...core,
    ],
    uses: [
      'packages/kube/api',
      'packages/kube/client',
      'packages/kube/controller',
      'packages/csi/client',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/host/mount',
      'packages/core/concurrency',
      'packages/core/telemetry',
    ],
    testUses: ['tools'],
    npm: ['@peculiar/x509', 'yaml'],
    devNpm: ['@kubernetes/client-node', 'fast-check'],
    entries: { './port': 'src/port.ts', './contract': 'src/contract/index.ts' },
  },
  {
    folder: 'packages/sidecars/kit',
    name: 'sidecar-kit',
    description: 'What every CSI sidecar shares: driver connection, common flags, the Sidecar port',
    visibility: 'internal',
    mayImport: sidecar,
    uses: [
      'packages/kube/api',
      'packages/kube/client',
      'packages/kube/controller',
      'packages/csi/client',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['packages/kube/cluster', 'packages/csi/mock-driver', 'packages/csi/driver-sdk', 'tools'],
  },
  {
    folder: 'packages/sidecars/external-provisioner',
    name: 'external-provisioner',
    description: 'CSI external-provisioner: creates and deletes volumes for claims',
    visibility: 'public',
    mayImport: sidecar,
    uses: [
      'packages/sidecars/kit',
      'packages/kube/api',
      'packages/kube/client',
      'packages/kube/controller',
      'packages/kube/volumes',
      'packages/kube/provision',
      'packages/csi/client',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['packages/kube/cluster', 'packages/csi/mock-driver', 'packages/csi/driver-sdk'],
    entries: { './sidecar': 'src/sidecar.ts' },
    bin: { 'csi-provisioner': 'src/main.ts' },
  },
  {
    folder: 'packages/sidecars/node-driver-registrar',
    name: 'node-driver-registrar',
    description: 'CSI node-driver-registrar: registers a driver with kubelet',
    visibility: 'public',
    mayImport: sidecar,
    uses: [
      'packages/csi/client',
      'packages/csi/node-registration',
      'packages/csi/rpc',
      'packages/core/telemetry',
      'packages/core/process',
      'packages/core/concurrency',
    ],
    testUses: ['packages/csi/proto', 'packages/csi/driver-sdk'],
    entries: { './sidecar': 'src/sidecar.ts' },
    bin: { 'csi-node-driver-registrar': 'src/main.ts' },
  },
  {
    folder: 'packages/sidecars/livenessprobe',
    name: 'livenessprobe',
    description: "CSI livenessprobe: a driver's Probe as an HTTP health check",
    visibility: 'public',
    mayImport: sidecar,
    uses: [
      'packages/csi/client',
      'packages/csi/health',
      'packages/csi/rpc',
      'packages/core/telemetry',
      'packages/core/process',
      'packages/core/concurrency',
    ],
    testUses: ['packages/csi/driver-sdk'],
    entries: { './sidecar': 'src/sidecar.ts' },
    bin: { livenessprobe: 'src/main.ts' },
  },
  {
    folder: 'packages/drivers/hostpath',
    name: 'driver-hostpath',
    description: 'The hostpath CSI driver: volumes as directories of one node',
    visibility: 'public',
    mayImport: ['packages/csi/driver-sdk', 'packages/host/mount', 'packages/csi/rpc', 'packages/csi/proto', ...core],
    uses: [
      'packages/csi/driver-sdk',
      'packages/host/mount',
      'packages/csi/rpc',
      'packages/csi/proto',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['tools'],
    devNpm: ['fast-check'],
    entries: { './driver': 'src/driver.ts' },
    bin: { hostpathplugin: 'src/main.ts' },
  },
  {
    folder: 'packages/apps/quickstart',
    name: 'quickstart',
    description: 'The whole CSI flow in one terminal, without a cluster',
    visibility: 'public',
    mayImport: ['packages/*'],
    uses: [
      'packages/kube/api',
      'packages/kube/client',
      'packages/kube/cluster',
      'packages/host/mount',
      'packages/csi/client',
      'packages/csi/driver-sdk',
      'packages/csi/proto',
      'packages/sidecars/kit',
      'packages/sidecars/external-provisioner',
      'packages/sidecars/node-driver-registrar',
      'packages/sidecars/livenessprobe',
      'packages/drivers/hostpath',
      'packages/core/concurrency',
      'packages/core/telemetry',
      'packages/core/process',
    ],
    testUses: ['packages/csi/mock-driver'],
    main: false,
    bin: { 'csi-quickstart': 'src/main.ts' },
  },
]

const repositoryCheck = (program: string): object => ({
  executor: 'nx:run-commands',
  inputs: ['{workspaceRoot}/**/*'],
  cache: false,
  options: { command: `node --conditions=@csi-ts/source src/${program}`, cwd: '{projectRoot}' },
})

/** The private workspaces. */
export const workspaces: readonly WorkspaceRow[] = [
  {
    folder: 'tools',
    name: 'tools',
    description: 'Install, code and configuration generation, lock completion, boundary check, bundling',
    uses: ['packages/host/mount'],
    npm: ['@bufbuild/protobuf'],
    entries: {
      './bundle': 'src/bundle.ts',
      './components': 'src/components.ts',
      './readme-sample': 'src/readme-sample.ts',
    },
    targets: {
      // Specs of the packages refer to it: built once, before their type checks run side by side.
      build: { outputs: ['{projectRoot}/out-tsc'], options: { command: 'tsc -b tsconfig.json' } },
      boundaries: repositoryCheck('check-boundaries.ts'),
      generated: repositoryCheck('check-generated.ts'),
      'lock-file': repositoryCheck('check-lock-file.ts'),
      'dead-code': {
        executor: 'nx:run-commands',
        cache: false,
        options: { command: 'knip --no-progress', cwd: '{workspaceRoot}' },
      },
    },
  },
  {
    folder: 'e2e/scenarios',
    name: 'e2e-scenarios',
    description: 'What must work on every cluster, as functions over the Cluster port',
    uses: ['packages/kube/cluster', 'packages/core/telemetry'],
    workspaces: ['tools'],
    entries: { '.': 'src/index.ts' },
  },
  {
    folder: 'e2e/kubernetes',
    name: 'e2e-kubernetes',
    description: 'Real Kubernetes from the Go module proxy, in namespaces of its own',
    uses: [
      'packages/sidecars/external-provisioner',
      'packages/sidecars/kit',
      'packages/kube/cluster',
      'packages/kube/controller',
      'packages/kube/api',
      'packages/kube/client',
      'packages/core/concurrency',
      'packages/core/telemetry',
    ],
    workspaces: ['e2e/scenarios', 'tools'],
    entries: { './binaries': 'src/binaries/index.ts' },
  },
  {
    folder: 'e2e/sanity',
    name: 'e2e-sanity',
    description: 'The official csi-sanity suite against our drivers',
    uses: ['packages/core/telemetry', 'packages/core/process', 'packages/host/mount', 'packages/csi/client'],
    workspaces: ['e2e/kubernetes'],
  },
  {
    folder: 'e2e/packages',
    name: 'e2e-packages',
    description: 'The published packages as their users get them: packed, installed elsewhere, compiled and run',
    uses: ['packages/kube/api', 'packages/kube/client', 'packages/kube/cluster', 'packages/core/telemetry'],
    targets: { test: { dependsOn: ['^build'] } },
  },
  {
    folder: 'bench',
    name: 'bench',
    description: 'Measurements beside the Go originals',
    uses: [
      'packages/kube/cluster',
      'packages/kube/controller',
      'packages/kube/client',
      'packages/kube/api',
      'packages/sidecars/external-provisioner',
      'packages/core/telemetry',
      'packages/core/concurrency',
    ],
    workspaces: ['tools', 'e2e/kubernetes'],
    npm: ['@kubernetes/client-node', '@peculiar/x509'],
  },
]
