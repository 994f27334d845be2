import assert from 'node:assert/strict'
import { type KubectlCheck, reads, readsAmongOthers } from '../kubectl-check.ts'
import { claim, configMap, pod, storageClass, volume } from '../manifests.ts'

/** Reading: tables, and the other forms of output. */
export const getChecks: readonly KubectlCheck[] = [
  {
    name: 'get pvc, also wide',
    async run({ run, feed }) {
      await feed(claim('data'), 'create')
      const head = 'NAME | STATUS | VOLUME | CAPACITY | ACCESS MODES | STORAGECLASS | VOLUMEATTRIBUTESCLASS | AGE'
      reads(await run('get', 'pvc'), head, 'data | Pending | fast | <unset> | AGE')
      const wide = await run('get', 'pvc', '--output=wide')
      reads(wide, `${head} | VOLUMEMODE`, 'data | Pending | fast | <unset> | AGE | Filesystem')
    },
  },
  {
    name: 'get pvc: a bound one has its volume, size and modes',
    async run({ run, feed }) {
      await feed(claim('data', { volumeName: 'pv-1' }), 'create')
      const status = { phase: 'Bound', accessModes: ['ReadWriteOnce', 'ReadOnlyMany'], capacity: { storage: '1Gi' } }
      await run('patch', 'pvc', 'data', '--subresource=status', '--type=merge', `--patch=${JSON.stringify({ status })}`)
      const row = await run('get', 'pvc', 'data', '--no-headers')
      reads(row, 'data | Bound | pv-1 | 1Gi | RWO,ROX | fast | <unset> | AGE')
    },
  },
  {
    name: 'get pv',
    async run({ run, feed, unique }) {
      const name = unique('pv', 'pv')
      await feed(volume(name, { claimRef: { namespace: 'default', name: 'data' } }), 'create')
      reads(
        await run('get', 'pv', name, '--output=wide'),
        'NAME | CAPACITY | ACCESS MODES | RECLAIM POLICY | STATUS | CLAIM | STORAGECLASS | VOLUMEATTRIBUTESCLASS | REASON | AGE | VOLUMEMODE',
        `${name} | 1Gi | RWO | Delete | Pending | default/data | fast | <unset> | AGE | Filesystem`,
      )
    },
  },
  {
    name: 'get sc: the default class says so',
    async run({ run, feed, unique }) {
      const name = unique('sc', 'fast')
      await feed(storageClass(name, { allowVolumeExpansion: true }), 'create')
      await run('annotate', 'sc', name, 'storageclass.kubernetes.io/is-default-class=true')
      const table = await run('get', 'sc', name)
      reads(
        table,
        'NAME | PROVISIONER | RECLAIMPOLICY | VOLUMEBINDINGMODE | ALLOWVOLUMEEXPANSION | AGE',
        `${name} (default) | csi.example.com | Delete | Immediate | true | AGE`,
      )
    },
  },
  {
    name: 'get pods, also wide',
    async run({ run, feed }) {
      await feed(pod('db'), 'create')
      reads(await run('get', 'pods'), 'NAME | READY | STATUS | RESTARTS | AGE', 'db | 0/1 | Pending | 0 | AGE')
      const wide = await run('get', 'pods', '--output=wide')
      reads(
        wide,
        'NAME | READY | STATUS | RESTARTS | AGE | IP | NODE | NOMINATED NODE | READINESS GATES',
        'db | 0/1 | Pending | 0 | AGE | <none> | <none> | <none> | <none>',
      )
    },
  },
  {
    name: 'get node, csinode, csidriver and volumeattachment',
    async run({ run, feed, unique }) {
      const node = unique('node', 'node')
      const driver = unique('csidriver', 'csi.example.com')
      const attachment = unique('volumeattachment', 'csi')
      const storage = 'storage.k8s.io/v1'
      const drivers = [{ name: driver, nodeID: node, topologyKeys: null }]
      await feed({ apiVersion: 'v1', kind: 'Node', metadata: { name: node } }, 'create')
      await feed({ apiVersion: storage, kind: 'CSINode', metadata: { name: node }, spec: { drivers } }, 'create')
      const driverSpec = { attachRequired: true, tokenRequests: [{ audience: 'vault' }] }
      await feed({ apiVersion: storage, kind: 'CSIDriver', metadata: { name: driver }, spec: driverSpec }, 'create')
      const spec = { attacher: driver, nodeName: node, source: { persistentVolumeName: 'pv-1' } }
      await feed({ apiVersion: storage, kind: 'VolumeAttachment', metadata: { name: attachment }, spec }, 'create')
      unique('csinode', 'node')

      reads(await run('get', 'node', node), 'NAME | STATUS | ROLES | AGE | VERSION', `${node} | Unknown | <none> | AGE`)
      reads(await run('get', 'csinode', node), 'NAME | DRIVERS | AGE', `${node} | 1 | AGE`)
      reads(
        await run('get', 'csidriver', driver),
        'NAME | ATTACHREQUIRED | PODINFOONMOUNT | STORAGECAPACITY | TOKENREQUESTS | REQUIRESREPUBLISH | MODES | AGE',
        `${driver} | true | false | false | vault | false | Persistent | AGE`,
      )
      reads(
        await run('get', 'volumeattachment', attachment),
        'NAME | ATTACHER | PV | NODE | ATTACHED | AGE',
        `${attachment} | ${driver} | pv-1 | ${node} | false | AGE`,
      )
    },
  },
  {
    name: 'get cm, secret, sa, lease and ns',
    async run({ run, feed, namespace }) {
      await feed(configMap('conf', { a: '1', b: '2' }), 'create')
      await run('create', 'secret', 'generic', 'login', '--from-literal=user=x')
      await run('create', 'serviceaccount', 'robot')
      const spec = { holderIdentity: 'me' }
      await feed({ apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', metadata: { name: 'lock' }, spec }, 'create')
      reads(await run('get', 'cm', 'conf'), 'NAME | DATA | AGE', 'conf | 2 | AGE')
      reads(await run('get', 'secret', 'login'), 'NAME | TYPE | DATA | AGE', 'login | Opaque | 1 | AGE')
      reads(await run('get', 'lease', 'lock'), 'NAME | HOLDER | AGE', 'lock | me | AGE')
      reads(await run('get', 'ns', namespace), 'NAME | STATUS | AGE', `${namespace} | Active | AGE`)
      assert.match(await run('get', 'sa', 'robot'), /^NAME \| (SECRETS \| )?AGE\nrobot \| (0 \| )?AGE$/)
    },
  },
  {
    name: 'get with several types and names',
    async run({ run, feed }) {
      await feed(configMap('a', {}), 'create')
      await feed(configMap('b', { k: 'v' }), 'create')
      await feed(claim('data'), 'create')
      reads(await run('get', 'cm/b', 'pvc/data', '--output=name'), 'configmap/b', 'persistentvolumeclaim/data')
      const table = await run('get', 'cm,pvc', '--no-headers', '--selector=app=db')
      reads(table, 'persistentvolumeclaim/data | Pending | fast | <unset> | AGE')
      reads(await run('get', 'cm', 'b', 'a', '--no-headers'), 'b | 1 | AGE', 'a | 0 | AGE')
    },
  },
  {
    name: 'get -o json, yaml, jsonpath, go-template and custom-columns',
    async run({ raw, run, feed, namespace }) {
      await feed(configMap('conf', { key: 'a: "b"\n' }), 'create')
      const object = JSON.parse(await raw('get', 'cm', 'conf', '--output=json')) as Record<string, unknown>
      assert.deepEqual(Object.keys(object), ['apiVersion', 'data', 'kind', 'metadata'])
      const list = JSON.parse(await raw('get', 'cm', '--selector=none=here', '--output=json')) as { items: unknown[] }
      assert.deepEqual(list.items, [])
      const lines = (await raw('get', 'cm', 'conf', '--output=yaml')).split('\n')
      assert.deepEqual(lines.slice(0, 4), ['apiVersion: v1', 'data:', '  key: |', '    a: "b"'])
      reads(
        await run('get', 'cm', 'conf', '--output=jsonpath={.metadata.namespace}/{.data.key}'),
        `${namespace}/a: "b"`,
      )
      reads(await run('get', 'cm', '--output=go-template={{range .items}}{{.metadata.name}} {{end}}'), 'conf')
      const columns = await run('get', 'cm', '--output=custom-columns=WHO:.metadata.name,WHAT:.data.key,NO:.data.no')
      readsAmongOthers(columns, 'WHO | WHAT | NO')
    },
  },
  {
    name: 'get with selectors, labels as columns, sorted',
    async run({ run, feed }) {
      await feed(configMap('c', {}, { tier: 'hot', size: '2' }), 'create')
      await feed(configMap('a', {}, { tier: 'cold', size: '3' }), 'create')
      await feed(configMap('b', {}, { tier: 'hot', size: '1' }), 'create')
      reads(await run('get', 'cm', '--selector=tier=hot', '--output=name'), 'configmap/b', 'configmap/c')
      reads(await run('get', 'cm', '--selector=tier notin (hot)', '--output=name'), 'configmap/a')
      reads(await run('get', 'cm', '--field-selector=metadata.name=a', '--output=name'), 'configmap/a')
      const columns = await run('get', 'cm', '--label-columns=tier', '--no-headers')
      reads(columns, 'a | 0 | AGE | cold', 'b | 0 | AGE | hot', 'c | 0 | AGE | hot')
      const labels = await run('get', 'cm', 'b', '--show-labels', '--no-headers')
      reads(labels, 'b | 0 | AGE | size=1,tier=hot')
      const sorted = await run('get', 'cm', '--sort-by=.metadata.labels.size', '--no-headers')
      reads(sorted, 'b | 0 | AGE', 'c | 0 | AGE', 'a | 0 | AGE')
    },
  },
  {
    name: 'get in pages, and of all namespaces',
    async run({ run, feed, namespace }) {
      for (const name of ['a', 'b', 'c', 'd', 'e']) await feed(configMap(name, {}, { page: 'yes' }), 'create')
      const names = ['configmap/a', 'configmap/b', 'configmap/c', 'configmap/d', 'configmap/e']
      reads(await run('get', 'cm', '--chunk-size=2', '--output=name', '--selector=page'), ...names)
      const all = await run('get', 'cm', '--all-namespaces', '--selector=page', '--chunk-size=2')
      readsAmongOthers(all, 'NAMESPACE | NAME | DATA | AGE', `${namespace} | a | 0 | AGE`, `${namespace} | e | 0 | AGE`)
    },
  },
  {
    name: 'get what is not there',
    async run({ run, fails }) {
      reads(await fails('get', 'pvc', 'none'), 'Error from server (NotFound): persistentvolumeclaims "none" not found')
      reads(await fails('get', 'nothings'), 'error: the server doesn\'t have a resource type "nothings"')
      reads(await run('get', 'pvc', 'none', '--ignore-not-found'), '')
      reads(await run('get', 'pods', '--output=name'), '')
      reads(
        await fails('get', 'pods', '--field-selector=spec.none=1'),
        'Error from server (BadRequest): Unable to find "/v1, Resource=pods" that match label selector "", field selector "spec.none=1": field label not supported: spec.none',
      )
    },
  },
  {
    name: 'get --raw',
    async run({ run }) {
      reads(await run('get', '--raw=/readyz'), 'ok')
      assert.match(await run('get', '--raw=/version'), /"gitVersion": ?"v1\.36\./)
    },
  },
]
