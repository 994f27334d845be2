import assert from 'node:assert/strict'
import { type KubectlCheck, reads, readsAmongOthers } from '../kubectl-check.ts'
import { claim, configMap, pod, storageClass } from '../manifests.ts'

const data = '--output=jsonpath={.data}'

/** Creating, changing and replacing. */
export const writeChecks: readonly KubectlCheck[] = [
  {
    name: 'create, and again',
    async run({ run, feed, feedFails }) {
      reads(await feed(claim('data'), 'create'), 'persistentvolumeclaim/data created')
      reads(
        await feedFails(claim('data'), 'create'),
        'Error from server (AlreadyExists): error when creating "STDIN": persistentvolumeclaims "data" already exists',
      )
      reads(await run('create', 'configmap', 'conf', '--from-literal=a=1'), 'configmap/conf created')
      reads(await run('get', 'cm', 'conf', data), '{"a":"1"}')
      const generated = { ...configMap('', {}), metadata: { generateName: 'gen-' } }
      assert.match(await feed(generated, 'create'), /^configmap\/gen-[a-z0-9]{5} created$/)
    },
  },
  {
    name: 'create --dry-run stores nothing',
    async run({ run, fails }) {
      const server = await run('create', 'configmap', 'conf', '--from-literal=a=1', '--dry-run=server')
      reads(server, 'configmap/conf created (server dry run)')
      const client = await run('create', 'configmap', 'conf', '--from-literal=a=1', '--dry-run=client', '--output=name')
      reads(client, 'configmap/conf')
      reads(await fails('get', 'cm', 'conf'), 'Error from server (NotFound): configmaps "conf" not found')
    },
  },
  {
    name: 'create with a field that does not exist',
    async run({ feed, feedFails }) {
      const wrong = claim('data', { acessModes: ['ReadWriteOnce'] })
      reads(
        await feedFails(wrong, 'create'),
        'Error from server (BadRequest): error when creating "STDIN": PersistentVolumeClaim in version "v1" cannot be handled as a PersistentVolumeClaim: strict decoding error: unknown field "spec.acessModes"',
      )
      reads(await feed(wrong, 'create', '--validate=false'), 'persistentvolumeclaim/data created')
    },
  },
  {
    name: 'create what is invalid',
    async run({ feedFails }) {
      reads(
        await feedFails(claim('data', { accessModes: [] }), 'create'),
        'The PersistentVolumeClaim "data" is invalid: spec.accessModes: Required value: at least 1 access mode is required',
      )
    },
  },
  {
    name: 'apply: created, unchanged, configured, and what is left out goes',
    async run({ run, raw, feed }) {
      reads(await feed(configMap('conf', { a: '1', b: '2' }), 'apply'), 'configmap/conf created')
      reads(await feed(configMap('conf', { a: '1', b: '2' }), 'apply'), 'configmap/conf unchanged')
      await run('patch', 'cm', 'conf', '--type=merge', '--patch={"data":{"c":"3"}}')
      reads(await feed(configMap('conf', { a: '5' }), 'apply'), 'configmap/conf configured')
      reads(await run('get', 'cm', 'conf', data), '{"a":"5","c":"3"}')
      const applied = await raw('apply', 'view-last-applied', 'cm/conf', '--output=json')
      assert.deepEqual((JSON.parse(applied) as { data: object }).data, { a: '5' })
    },
  },
  {
    name: 'apply of a list, of a pod, and of a claim that asks for more',
    async run({ run, feed, feedFails, unique }) {
      const name = unique('sc', 'grows')
      const items = [
        storageClass(name, { allowVolumeExpansion: true }),
        claim('data', { storageClassName: name }),
        pod('db'),
      ]
      reads(
        await feed({ apiVersion: 'v1', kind: 'List', items }, 'apply'),
        `storageclass.storage.k8s.io/${name} created`,
        'persistentvolumeclaim/data created',
        'pod/db created',
      )
      reads(await feed(pod('db'), 'apply'), 'pod/db unchanged')
      const larger = claim('data', { storageClassName: name, resources: { requests: { storage: '2Gi' } } })
      readsAmongOthers(
        await feedFails(larger, 'apply'),
        'The PersistentVolumeClaim "data" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
      )
      reads(await run('get', 'pvc', 'data', '--output=jsonpath={.spec.resources.requests.storage}'), '1Gi')
    },
  },
  {
    name: 'apply --server-side: managers, a conflict, and force',
    async run({ run, feed, feedFails }) {
      const mine = ['apply', '--server-side', '--field-manager=me']
      const other = ['apply', '--server-side', '--field-manager=other']
      reads(await feed(configMap('conf', { a: '1' }), ...mine), 'configmap/conf serverside-applied')
      readsAmongOthers(
        await feedFails(configMap('conf', { a: '2' }), ...other),
        'error: Apply failed with 1 conflict: conflict with "me": .data.a',
        'Please review the fields above--they currently have other managers. Here',
      )
      reads(
        await feed(configMap('conf', { a: '2' }), ...other, '--force-conflicts'),
        'configmap/conf serverside-applied',
      )
      reads(await run('get', 'cm', 'conf', data), '{"a":"2"}')
      const managers = '--output=jsonpath={range .metadata.managedFields[*]}{.manager}:{.operation} {end}'
      reads(await run('get', 'cm', 'conf', '--show-managed-fields', managers), 'other:Apply')
    },
  },
  {
    name: 'apply --server-side takes over from a client-side apply',
    async run({ run, feed }) {
      await feed(configMap('conf', { a: '1', b: '2' }), 'apply')
      reads(await feed(configMap('conf', { a: '1' }), 'apply', '--server-side'), 'configmap/conf serverside-applied')
      reads(await run('get', 'cm', 'conf', data), '{"a":"1"}')
    },
  },
  {
    name: 'diff',
    async run({ feed, result }) {
      await feed(configMap('conf', { a: '1' }), 'apply')
      reads(await feed(configMap('conf', { a: '1' }), 'diff'), '')
      const { code, stdout } = await result(['diff', '--filename=-'], JSON.stringify(configMap('conf', { a: '2' })))
      assert.equal(code, 1)
      assert.deepEqual(
        stdout.split('\n').filter((line) => /^[-+] /.test(line)),
        ['-  a: "1"', '+  a: "2"'],
      )
    },
  },
  {
    name: 'patch: merge, json and strategic',
    async run({ run, feed, fails }) {
      await feed(configMap('conf', { a: '1', b: '2' }), 'create')
      reads(
        await run('patch', 'cm', 'conf', '--type=merge', '--patch={"data":{"a":null,"c":"3"}}'),
        'configmap/conf patched',
      )
      reads(await run('get', 'cm', 'conf', data), '{"b":"2","c":"3"}')
      const steps = [
        { op: 'test', path: '/data/b', value: '2' },
        { op: 'move', from: '/data/b', path: '/data/d' },
      ]
      const json = ['patch', 'cm', 'conf', '--type=json', `--patch=${JSON.stringify(steps)}`]
      reads(await run(...json), 'configmap/conf patched')
      reads(await run('get', 'cm', 'conf', data), '{"c":"3","d":"2"}')
      assert.match(await fails(...json), /^The request is invalid: the server rejected our request/)
      reads(await run('patch', 'cm', 'conf', '--patch={"data":{"c":"3"}}'), 'configmap/conf patched (no change)')

      await feed(pod('db'), 'create')
      const patch = { spec: { containers: [{ name: 'main', image: 'example.com/db:2' }] } }
      reads(await run('patch', 'pod', 'db', `--patch=${JSON.stringify(patch)}`), 'pod/db patched')
      const path = '--output=jsonpath={.spec.containers[*].image} {.spec.containers[*].volumeMounts[*].mountPath}'
      assert.match(await run('get', 'pod', 'db', path), /^example\.com\/db:2 \/data/)
    },
  },
  {
    name: 'set image, label and annotate',
    async run({ run, fails, feed }) {
      await feed(pod('db'), 'create')
      reads(await run('set', 'image', 'pod/db', 'main=example.com/db:3'), 'pod/db image updated')
      reads(await run('label', 'pod', 'db', 'tier=hot'), 'pod/db labeled')
      reads(
        await fails('label', 'pod', 'db', 'tier=cold'),
        "error: 'tier' already has a value (hot), and --overwrite is false",
      )
      reads(await run('label', 'pod', 'db', 'tier=cold', '--overwrite'), 'pod/db labeled')
      reads(await run('label', 'pod', 'db', 'tier-'), 'pod/db unlabeled')
      reads(await run('annotate', 'pod', 'db', 'note=one'), 'pod/db annotated')
      const annotation = '--output=jsonpath={.metadata.annotations.note} {.metadata.labels} {.spec.containers[0].image}'
      reads(await run('get', 'pod', 'db', annotation), 'one {"app":"db"} example.com/db:3')
    },
  },
  {
    name: 'replace, with an old version, and by force',
    async run({ run, raw, feed, feedFails, fails }) {
      await feed(configMap('conf', { a: '1' }), 'create')
      const old = JSON.parse(await raw('get', 'cm', 'conf', '--output=json')) as { data: object }
      reads(await feed(configMap('conf', { b: '2' }), 'replace'), 'configmap/conf replaced')
      reads(await run('get', 'cm', 'conf', data), '{"b":"2"}')
      reads(
        await feedFails({ ...old, data: { c: '3' } }, 'replace'),
        'Error from server (Conflict): error when replacing "STDIN": Operation cannot be fulfilled on configmaps "conf": the object has been modified; please apply your changes to the latest version and try again',
      )
      reads(
        await feed(configMap('conf', { d: '4' }), 'replace', '--force'),
        `configmap "conf" deleted from ${await run('get', 'cm', 'conf', '--output=jsonpath={.metadata.namespace}')} namespace`,
        'configmap/conf replaced',
      )
      reads(await fails('get', 'cm', 'other'), 'Error from server (NotFound): configmaps "other" not found')
    },
  },
  {
    name: 'patch --subresource=status, and not of the spec with it',
    async run({ run, feed }) {
      await feed(claim('data'), 'create')
      const patch = JSON.stringify({ status: { phase: 'Lost' }, spec: { volumeName: 'pv-9' } })
      await run('patch', 'pvc', 'data', '--subresource=status', '--type=merge', `--patch=${patch}`)
      const path = '--output=jsonpath={.status.phase}[{.spec.volumeName}]'
      reads(await run('get', 'pvc', 'data', path), 'Lost[]')
    },
  },
]
