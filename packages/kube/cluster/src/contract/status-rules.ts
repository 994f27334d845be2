import assert from 'node:assert/strict'
import type { ContractRule } from './contract-rule.ts'

const claimSpec = {
  accessModes: ['ReadWriteOnce'],
  resources: { requests: { storage: '1Gi' } },
  storageClassName: 'none',
}

/** What belongs to whom inside of an object. */
export const statusRules: readonly ContractRule[] = [
  {
    name: 'a new object starts without the status that it was sent with',
    async run({ create, path }) {
      const claim = { metadata: { name: 'c' }, spec: claimSpec, status: { phase: 'Bound' } }
      assert.deepEqual((await create(path('persistentvolumeclaims'), claim))['status'], { phase: 'Pending' })
    },
  },
  {
    name: 'a write to the object leaves the status alone',
    async run({ create, merge, path }) {
      await create(path('persistentvolumeclaims'), { metadata: { name: 'c' }, spec: claimSpec })
      const patched = await merge(path('persistentvolumeclaims', 'c'), {
        metadata: { labels: { a: 'b' } },
        status: { phase: 'Lost' },
      })
      assert.deepEqual([patched['status'].phase, patched.metadata.labels], ['Pending', { a: 'b' }])
    },
  },
  {
    name: 'a write to the status leaves the spec alone and keeps labels',
    async run({ create, merge, path }) {
      await create(path('persistentvolumeclaims'), { metadata: { name: 'c' }, spec: claimSpec })
      const body = { status: { phase: 'Bound' }, spec: { volumeName: 'v' }, metadata: { labels: { a: 'b' } } }
      const patched = await merge(path('persistentvolumeclaims', 'c', 'status'), body)
      assert.deepEqual([patched['status'].phase, patched['spec'].volumeName], ['Bound', undefined])
      assert.deepEqual(patched.metadata.labels, { a: 'b' })
    },
  },
  {
    name: 'generation counts changes of the spec and nothing else',
    async run({ create, merge, path }) {
      const containers = [{ name: 'c', image: 'i:1' }]
      const spec = {
        selector: { matchLabels: { a: 'b' } },
        template: { metadata: { labels: { a: 'b' } }, spec: { containers } },
      }
      const made = await create(path('deployments.apps'), { metadata: { name: 'd' }, spec })
      const labelled = await merge(path('deployments.apps', 'd'), { metadata: { labels: { x: 'y' } } })
      const status = await merge(path('deployments.apps', 'd', 'status'), { status: { replicas: 1 } })
      const scaled = await merge(path('deployments.apps', 'd'), { spec: { replicas: 2 } })
      const generations = [made, labelled, status, scaled].map(({ metadata }) => metadata.generation)
      assert.deepEqual(generations, [1, 1, 1, 2])
    },
  },
  {
    name: 'a pod gets its node through its binding, once',
    async run({ create, get, send, path }) {
      await create(path('serviceaccounts'), { metadata: { name: 'default' } }).catch(() => undefined)
      const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i:1' }] }
      await create(path('pods'), { metadata: { name: 'p' }, spec })
      const bind = () =>
        send('POST', path('pods', 'p', 'binding'), {
          body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
        })
      assert.equal((await bind()).code, 201)
      assert.equal((await get(path('pods', 'p')))['spec'].nodeName, 'n1')
      const again = await bind()
      const message = 'Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"'
      assert.deepEqual([again.code, again.body['message']], [409, message])
    },
  },
]
