import assert from 'node:assert/strict'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

const claims = 'persistentvolumeclaims'
const classes = '/apis/storage.k8s.io/v1/storageclasses'
const volumes = '/api/v1/persistentvolumes'
const claimSpec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1024Mi' } },
  storageClassName: 'none',
}
const volumeSpec = {
  capacity: { storage: '1Gi' },
  accessModes: ['ReadWriteOnce'],
  csi: { driver: 'd.example.com', volumeHandle: 'h' },
}
const contentType = 'application/merge-patch+json'

/** Defaults and validation of the storage kinds. */
export const storageRules: readonly ContractRule[] = [
  {
    name: 'a claim is defaulted: Filesystem, Pending, its size in canonical form',
    async run({ create, path }) {
      const claim = await create(path(claims), { metadata: { name: 'c' }, spec: claimSpec })
      assert.deepEqual(claim['spec'], {
        ...claimSpec,
        resources: { requests: { storage: '1Gi' } },
        volumeMode: 'Filesystem',
      })
      assert.deepEqual(claim['status'], { phase: 'Pending' })
    },
  },
  {
    name: 'dataSource and dataSourceRef fill each other',
    async run({ create, path }) {
      const source = { kind: 'PersistentVolumeClaim', name: 'other' }
      const old = await create(path(claims), { metadata: { name: 'old' }, spec: { ...claimSpec, dataSource: source } })
      assert.deepEqual(old['spec'].dataSourceRef, { apiGroup: null, ...source })
      const ref = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 's' }
      const fresh = await create(path(claims), {
        metadata: { name: 'new' },
        spec: { ...claimSpec, dataSourceRef: ref },
      })
      assert.deepEqual(fresh['spec'].dataSource, ref)
    },
  },
  {
    name: 'a claim needs access modes and a size',
    async run({ send, path }) {
      const answer = await send('POST', path(claims), { body: { metadata: { name: 'c' } } })
      const message =
        'PersistentVolumeClaim "c" is invalid: [spec.accessModes: Required value: at least 1 access mode is required, spec.resources[storage]: Required value]'
      assertStatus(answer, { code: 422, reason: 'Invalid', message })
    },
  },
  {
    name: 'what is no quantity is refused with 400',
    async run({ send, path }) {
      const body = { metadata: { name: 'c' }, spec: { ...claimSpec, resources: { requests: { storage: 'much' } } } }
      const message =
        'PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: quantities must match the regular expression \'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$\''
      assertStatus(await send('POST', path(claims), { body }), { code: 400, reason: 'BadRequest', message })
    },
  },
  {
    name: "a claim's spec is immutable but for its volume's name, once",
    async run({ create, merge, send, path }) {
      await create(path(claims), { metadata: { name: 'c' }, spec: claimSpec })
      await merge(path(claims, 'c'), { spec: { volumeName: 'v1' } })
      const starts =
        'PersistentVolumeClaim "c" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims'
      for (const spec of [
        { volumeName: 'v2' },
        { accessModes: ['ReadWriteMany'] },
        { resources: { requests: { storage: '2Gi' } } },
      ]) {
        assertStatus(await send('PATCH', path(claims, 'c'), { body: { spec }, contentType }), {
          code: 422,
          reason: 'Invalid',
          starts,
        })
      }
    },
  },
  {
    name: 'a bound claim grows when its class allows it, and does not shrink below its volume',
    async run({ create, merge, send, path, unique }) {
      const name = unique('class')
      await create(classes, { metadata: { name }, provisioner: 'd.example.com' })
      await create(path(claims), { metadata: { name: 'c' }, spec: { ...claimSpec, storageClassName: name } })
      await merge(path(claims, 'c', 'status'), { status: { phase: 'Bound', capacity: { storage: '1Gi' } } })
      const resize = (storage: string) =>
        send('PATCH', path(claims, 'c'), { body: { spec: { resources: { requests: { storage } } } }, contentType })
      const message =
        'persistentvolumeclaims "c" is forbidden: only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize'
      assertStatus(await resize('2Gi'), { code: 403, reason: 'Forbidden', message })
      await merge(`${classes}/${name}`, { allowVolumeExpansion: true })
      assert.equal((await resize('2Gi')).code, 200)
      const shrunk =
        'PersistentVolumeClaim "c" is invalid: spec.resources.requests.storage: Forbidden: field can not be less than status.capacity'
      assertStatus(await resize('500Mi'), { code: 422, message: shrunk })
    },
  },
  {
    name: 'a volume is defaulted, and Pending since now',
    async run({ create, unique }) {
      const volume = await create(volumes, { metadata: { name: unique('pv') }, spec: volumeSpec })
      assert.deepEqual(
        [volume['spec'].persistentVolumeReclaimPolicy, volume['spec'].volumeMode],
        ['Retain', 'Filesystem'],
      )
      assert.equal(volume['status'].phase, 'Pending')
      assert.match(volume['status'].lastPhaseTransitionTime, /^\d{4}-/)
    },
  },
  {
    name: "a volume's source is required and immutable",
    async run({ create, send, unique }) {
      const name = unique('pv')
      const { csi: _, ...bare } = volumeSpec
      const missing = await send('POST', volumes, { body: { metadata: { name }, spec: bare } })
      assertStatus(missing, {
        code: 422,
        message: `PersistentVolume "${name}" is invalid: spec: Required value: must specify a volume type`,
      })
      await create(volumes, { metadata: { name }, spec: volumeSpec })
      const body = { spec: { csi: { volumeHandle: 'other' } } }
      const starts = `PersistentVolume "${name}" is invalid: spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation`
      assertStatus(await send('PATCH', `${volumes}/${name}`, { body, contentType }), {
        code: 422,
        reason: 'Invalid',
        starts,
      })
    },
  },
  {
    name: 'a class is defaulted, and immutable in what provisioning goes by',
    async run({ create, send, unique }) {
      const name = unique('class')
      const made = await create(classes, { metadata: { name }, provisioner: 'd.example.com', parameters: { a: 'b' } })
      assert.deepEqual([made['reclaimPolicy'], made['volumeBindingMode']], ['Delete', 'Immediate'])
      const body = { parameters: { a: 'c' } }
      const message = `StorageClass.storage.k8s.io "${name}" is invalid: parameters: Invalid value: {"a":"c"}: field is immutable`
      assertStatus(await send('PATCH', `${classes}/${name}`, { body, contentType }), { code: 422, message })
    },
  },
  {
    name: 'the default class is given to claims without one',
    async run({ create, path, unique }) {
      const name = unique('default')
      const annotations = { 'storageclass.kubernetes.io/is-default-class': 'true' }
      await create(classes, { metadata: { name, annotations }, provisioner: 'd.example.com' })
      const { storageClassName: _, ...spec } = claimSpec
      const claim = await create(path(claims), { metadata: { name: 'c' }, spec })
      assert.equal(claim['spec'].storageClassName, name)
      const none = await create(path(claims), { metadata: { name: 'none' }, spec: { ...spec, storageClassName: '' } })
      assert.equal(none['spec'].storageClassName, '')
    },
  },
  {
    name: 'a CSIDriver is defaulted',
    async run({ create, unique }) {
      const driver = await create('/apis/storage.k8s.io/v1/csidrivers', { metadata: { name: unique('d') } })
      assert.deepEqual(driver['spec'], {
        attachRequired: true,
        podInfoOnMount: false,
        volumeLifecycleModes: ['Persistent'],
        storageCapacity: false,
        fsGroupPolicy: 'ReadWriteOnceWithFSType',
        requiresRepublish: false,
        seLinuxMount: false,
      })
    },
  },
  {
    name: 'a VolumeAttachment starts unattached and its spec is immutable',
    async run({ create, send, unique }) {
      const name = unique('va')
      const spec = { attacher: 'd.example.com', nodeName: 'n1', source: { persistentVolumeName: 'pv' } }
      const path = '/apis/storage.k8s.io/v1/volumeattachments'
      const made = await create(path, { metadata: { name }, spec, status: { attached: true } })
      assert.deepEqual(made['status'], { attached: false })
      const answer = await send('PATCH', `${path}/${name}`, { body: { spec: { nodeName: 'n2' } }, contentType })
      assertStatus(answer, {
        code: 422,
        reason: 'Invalid',
        starts: `VolumeAttachment.storage.k8s.io "${name}" is invalid: spec: Invalid value: `,
      })
    },
  },
  {
    name: "a CSINode's drivers merge by name",
    async run({ create, send, unique }) {
      const path = '/apis/storage.k8s.io/v1/csinodes'
      const name = unique('node')
      await create(path, {
        metadata: { name },
        spec: { drivers: [{ name: 'a', nodeID: '1', topologyKeys: ['zone'] }] },
      })
      const body = { spec: { drivers: [{ name: 'b', nodeID: '2' }] } }
      const merged = await send('PATCH', `${path}/${name}`, {
        body,
        contentType: 'application/strategic-merge-patch+json',
      })
      const drivers = merged.body['spec'].drivers as { name: string; topologyKeys: unknown }[]
      assert.deepEqual(
        drivers.map((driver) => [driver.name, driver.topologyKeys]),
        [
          ['b', null],
          ['a', ['zone']],
        ],
      )
    },
  },
  {
    name: 'stringData of a secret becomes data',
    async run({ create, path }) {
      const secret = await create(path('secrets'), {
        metadata: { name: 's' },
        stringData: { a: 'b' },
        data: { c: 'ZA==' },
      })
      assert.deepEqual(
        [secret['data'], secret['stringData'], secret['type']],
        [{ a: 'Yg==', c: 'ZA==' }, undefined, 'Opaque'],
      )
    },
  },
  {
    name: 'a pod is defaulted',
    async run({ create, path }) {
      await create(path('serviceaccounts'), { metadata: { name: 'default' } }).catch(() => undefined)
      const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i' }] }
      const pod = await create(path('pods'), { metadata: { name: 'p' }, spec })
      const { restartPolicy, dnsPolicy, terminationGracePeriodSeconds, schedulerName, containers } = pod['spec']
      assert.deepEqual(
        [restartPolicy, dnsPolicy, terminationGracePeriodSeconds, schedulerName],
        ['Always', 'ClusterFirst', 30, 'default-scheduler'],
      )
      assert.deepEqual([containers[0].imagePullPolicy, containers[0].resources], ['Always', {}])
      assert.deepEqual(
        [pod['status'].phase, pod['status'].qosClass, pod.metadata.generation],
        ['Pending', 'BestEffort', 1],
      )
    },
  },
  {
    name: 'names and labels follow the DNS rules, in the words of the real server',
    async run({ send, path }) {
      const name = await send('POST', path('configmaps'), { body: { metadata: { name: 'Upper' } } })
      const starts =
        'ConfigMap "Upper" is invalid: metadata.name: Invalid value: "Upper": a lowercase RFC 1123 subdomain must consist of'
      assertStatus(name, { code: 422, starts })
      const label = await send('POST', path('configmaps'), {
        body: { metadata: { name: 'a', labels: { 'a b': 'c' } } },
      })
      assertStatus(label, {
        code: 422,
        starts: 'ConfigMap "a" is invalid: metadata.labels: Invalid value: "a b": name part must consist of',
      })
    },
  },
]
