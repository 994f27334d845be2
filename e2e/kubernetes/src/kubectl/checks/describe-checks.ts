import { type KubectlCheck, reads, readsAmongOthers } from '../kubectl-check.ts'
import { claim, pod, storageClass, volume } from '../manifests.ts'

/** `kubectl describe`, which reads the object, its events and what belongs to it. */
export const describeChecks: readonly KubectlCheck[] = [
  {
    name: 'describe pvc, with who uses it and its events',
    async run({ run, feed, namespace }) {
      await feed(claim('data'), 'create')
      await feed(pod('db'), 'create')
      const uid = await run('get', 'pvc', 'data', '--output=jsonpath={.metadata.uid}')
      const time = new Date().toISOString().replace(/\.\d+/, '')
      await feed(
        {
          apiVersion: 'v1',
          kind: 'Event',
          metadata: { name: 'data.1' },
          involvedObject: { kind: 'PersistentVolumeClaim', namespace, name: 'data', uid, apiVersion: 'v1' },
          reason: 'ProvisioningFailed',
          message: 'the driver is not ready',
          type: 'Warning',
          source: { component: 'csi-provisioner' },
          count: 1,
          firstTimestamp: time,
          lastTimestamp: time,
        },
        'create',
      )
      reads(
        await run('describe', 'pvc', 'data'),
        'Name: | data',
        `Namespace: | ${namespace}`,
        'StorageClass: | fast',
        'Status: | Pending',
        'Volume:',
        'Labels: | app=db',
        'Annotations: | <none>',
        'Finalizers: | [kubernetes.io/pvc-protection]',
        'Capacity:',
        'Access Modes:',
        'VolumeMode: | Filesystem',
        'Used By: | db',
        'Events:',
        '  Type | Reason | Age | From | Message',
        '  ---- | ------ | ---- | ---- | -------',
        '  Warning | ProvisioningFailed | AGE | csi-provisioner | the driver is not ready',
      )
    },
  },
  {
    name: 'describe pv',
    async run({ run, feed, unique }) {
      const name = unique('pv', 'pv')
      await feed(volume(name), 'create')
      reads(
        await run('describe', 'pv', name),
        `Name: | ${name}`,
        'Labels: | <none>',
        'Annotations: | pv.kubernetes.io/provisioned-by: csi.example.com',
        'Finalizers: | [kubernetes.io/pv-protection]',
        'StorageClass: | fast',
        'Status: | Pending',
        'Claim:',
        'Reclaim Policy: | Delete',
        'Access Modes: | RWO',
        'VolumeMode: | Filesystem',
        'Capacity: | 1Gi',
        'Node Affinity: | <none>',
        'Message:',
        'Source:',
        '    Type: | CSI (a Container Storage Interface (CSI) volume source)',
        '    Driver: | csi.example.com',
        '    FSType: | ext4',
        '    VolumeHandle: | vol-1',
        '    ReadOnly: | false',
        '    VolumeAttributes: | tier=hot',
        'Events: | <none>',
      )
    },
  },
  {
    name: 'describe sc',
    async run({ run, feed, unique }) {
      const name = unique('sc', 'fast')
      await feed(storageClass(name), 'create')
      reads(
        await run('describe', 'sc', name),
        `Name: | ${name}`,
        'IsDefaultClass: | No',
        'Annotations: | <none>',
        'Provisioner: | csi.example.com',
        'Parameters: | tier=hot',
        'AllowVolumeExpansion: | <unset>',
        'MountOptions: | <none>',
        'ReclaimPolicy: | Delete',
        'VolumeBindingMode: | Immediate',
        'Events: | <none>',
      )
    },
  },
  {
    name: 'describe pod',
    async run({ run, feed, namespace }) {
      await feed(pod('db'), 'create')
      readsAmongOthers(
        await run('describe', 'pod', 'db'),
        'Name: | db',
        `Namespace: | ${namespace}`,
        'Priority: | 0',
        'Labels: | app=db',
        'Status: | Pending',
        'Containers:',
        '  main:',
        '    Image: | example.com/db:1',
        '    Mounts:',
        '      /data from data (rw)',
        'Volumes:',
        '  data:',
        '    Type: | PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)',
        '    ClaimName: | data',
        'QoS Class: | BestEffort',
        'Events: | <none>',
      )
    },
  },
  {
    name: 'describe node, with the pods on it',
    async run({ run, feed, namespace, unique }) {
      const node = unique('node', 'node')
      const metadata = { name: node, labels: { 'kubernetes.io/hostname': node } }
      const status = { allocatable: { cpu: '2', memory: '4Gi' } }
      await feed({ apiVersion: 'v1', kind: 'Node', metadata, status }, 'create')
      const bound = pod('db') as { spec: object }
      await feed({ ...bound, spec: { ...bound.spec, nodeName: node } }, 'create')
      readsAmongOthers(
        await run('describe', 'node', node),
        `Name: | ${node}`,
        'Roles: | <none>',
        `Labels: | kubernetes.io/hostname=${node}`,
        'Unschedulable: | false',
        `Lease: | Failed to get lease: leases.coordination.k8s.io "${node}" not found`,
        'Allocatable:',
        '  cpu: | 2',
        'Non-terminated Pods: | (1 in total)',
        '  Namespace | Name | CPU Requests | CPU Limits | Memory Requests | Memory Limits | Age',
        `  ${namespace} | db | 0 (0%) | 0 (0%) | 0 (0%) | 0 (0%) | AGE`,
        'Events: | <none>',
      )
    },
  },
  {
    name: 'describe csinode and csidriver',
    async run({ run, feed, unique }) {
      const node = unique('csinode', 'node')
      const driver = unique('csidriver', 'csi.example.com')
      const apiVersion = 'storage.k8s.io/v1'
      const drivers = [{ name: driver, nodeID: 'n', topologyKeys: ['zone'], allocatable: { count: 8 } }]
      await feed({ apiVersion, kind: 'CSINode', metadata: { name: node }, spec: { drivers } }, 'create')
      await feed({ apiVersion, kind: 'CSIDriver', metadata: { name: driver }, spec: {} }, 'create')
      readsAmongOthers(
        await run('describe', 'csinode', node),
        `Name: | ${node}`,
        'Spec:',
        '  Drivers:',
        `    ${driver}:`,
        '      Node ID: | n',
        '      Allocatables:',
        '        Count: | 8',
        '      Topology Keys: | [zone]',
      )
      readsAmongOthers(
        await run('describe', 'csidriver', driver),
        `Name: | ${driver}`,
        'Kind: | CSIDriver',
        'Spec:',
        '  Attach Required: | true',
        '  Fs Group Policy: | ReadWriteOnceWithFSType',
        '  Volume Lifecycle Modes:',
        '    Persistent',
      )
    },
  },
  {
    name: 'describe secret hides what is in it',
    async run({ run }) {
      await run('create', 'secret', 'generic', 'login', '--from-literal=password=hidden')
      const text = await run('describe', 'secret', 'login')
      readsAmongOthers(text, 'Name: | login', 'Type: | Opaque', 'Data', '====', 'password: | 6 bytes')
    },
  },
  {
    name: 'events, of one object and by type',
    async run({ run, feed, namespace }) {
      const time = new Date().toISOString().replace(/\.\d+/, '')
      const event = (name: string, type: string, reason: string) => ({
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name },
        involvedObject: { kind: 'PersistentVolumeClaim', namespace, name: 'data', apiVersion: 'v1' },
        reason,
        message: `${reason} it is`,
        type,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
      })
      await feed(event('data.1', 'Normal', 'Provisioning'), 'create')
      await feed(event('data.2', 'Warning', 'ProvisioningFailed'), 'create')
      reads(
        await run('events', '--for=pvc/data', '--types=Warning'),
        'LAST SEEN | TYPE | REASON | OBJECT | MESSAGE',
        'AGE | Warning | ProvisioningFailed | PersistentVolumeClaim/data | ProvisioningFailed it is',
      )
      reads(
        await run('get', 'events', '--field-selector=reason=Provisioning,involvedObject.name=data'),
        'LAST SEEN | TYPE | REASON | OBJECT | MESSAGE',
        'AGE | Normal | Provisioning | persistentvolumeclaim/data | Provisioning it is',
      )
    },
  },
]
