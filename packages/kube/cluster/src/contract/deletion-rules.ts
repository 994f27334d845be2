import assert from 'node:assert/strict'
import { resources } from '@csi-ts/kube-api'
import type { ContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

async function createBoundPod({ create, send, path }: ContractContext): Promise<string> {
  await create(path('serviceaccounts'), { metadata: { name: 'default' } }).catch(() => undefined)
  const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i:1' }] }
  await create(path('pods'), { metadata: { name: 'p' }, spec })
  await send('POST', path('pods', 'p', 'binding'), {
    body: { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n1' } },
  })
  return path('pods', 'p')
}

/** How objects go. */
export const deletionRules: readonly ContractRule[] = [
  {
    name: 'an object without finalizers is gone at once, answered with a Status or the object as the kind has it',
    async run({ create, send, path }) {
      const config = await create(path('configmaps'), { metadata: { name: 'a' } })
      const deleted = await send('DELETE', path('configmaps', 'a'))
      assert.deepEqual([deleted.code, deleted.body.kind, deleted.body['status']], [200, 'Status', 'Success'])
      assert.deepEqual({ ...deleted.body['details'] }, { name: 'a', kind: 'configmaps', uid: config.metadata.uid })
      assertStatus(await send('DELETE', path('configmaps', 'a')), { code: 404, message: 'configmaps "a" not found' })
      await create(path('serviceaccounts'), { metadata: { name: 'sa' } })
      assert.equal((await send('DELETE', path('serviceaccounts', 'sa'))).body.kind, 'ServiceAccount')
    },
  },
  {
    name: 'finalizers keep a deleted object until the last one is gone',
    async run({ create, send, merge, get, path }) {
      await create(path('configmaps'), { metadata: { name: 'a', finalizers: ['example.com/a', 'example.com/b'] } })
      const deleted = await send('DELETE', path('configmaps', 'a'))
      assert.deepEqual(
        [deleted.code, deleted.body.kind, deleted.body.metadata.deletionGracePeriodSeconds],
        [200, 'ConfigMap', 0],
      )
      const again = await send('DELETE', path('configmaps', 'a'))
      assert.equal(again.body.metadata.resourceVersion, deleted.body.metadata.resourceVersion)
      await merge(path('configmaps', 'a'), { metadata: { finalizers: ['example.com/b'] } })
      assert.ok((await get(path('configmaps', 'a'))).metadata.deletionTimestamp)
      await merge(path('configmaps', 'a'), { metadata: { finalizers: null } })
      assert.equal((await send('GET', path('configmaps', 'a'))).code, 404)
    },
  },
  {
    name: 'an object that is being deleted takes no new finalizers and does not come back',
    async run({ create, send, merge, path }) {
      await create(path('configmaps'), { metadata: { name: 'a', finalizers: ['example.com/a'] } })
      await send('DELETE', path('configmaps', 'a'))
      const contentType = 'application/merge-patch+json'
      const body = { metadata: { finalizers: ['example.com/a', 'example.com/b'] } }
      const message =
        'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/b"}'
      assertStatus(await send('PATCH', path('configmaps', 'a'), { body, contentType }), { code: 422, message })
      const patched = await merge(path('configmaps', 'a'), { metadata: { deletionTimestamp: null } })
      assert.ok(patched.metadata.deletionTimestamp)
    },
  },
  {
    name: 'preconditions guard a delete',
    async run({ create, send, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' } })
      const uid = '11111111-1111-1111-1111-111111111111'
      const byUid = await send('DELETE', path('configmaps', 'a'), { body: { preconditions: { uid } } })
      const starts = `Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (${uid}) does not match the UID in record (`
      assertStatus(byUid, { code: 409, reason: 'Conflict', starts })
      const byVersion = await send('DELETE', path('configmaps', 'a'), {
        body: { preconditions: { resourceVersion: '1' } },
      })
      assertStatus(byVersion, { code: 409, reason: 'Conflict' })
      assert.equal((await send('GET', path('configmaps', 'a'))).code, 200)
    },
  },
  {
    name: 'claims and volumes are protected by finalizers of the server',
    async run({ create, path, unique }) {
      const spec = {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'none',
      }
      const claim = await create(path('persistentvolumeclaims'), { metadata: { name: 'c' }, spec })
      assert.deepEqual(claim.metadata.finalizers, ['kubernetes.io/pvc-protection'])
      const volume = await create('/api/v1/persistentvolumes', {
        metadata: { name: unique('pv') },
        spec: {
          capacity: { storage: '1Gi' },
          accessModes: ['ReadWriteOnce'],
          csi: { driver: 'd.example.com', volumeHandle: 'h' },
        },
      })
      assert.deepEqual(volume.metadata.finalizers, ['kubernetes.io/pv-protection'])
    },
  },
  {
    name: 'a pod with a node waits for its grace period, which can only be shortened',
    async run(context) {
      const pod = await createBoundPod(context)
      const { send } = context
      const first = await send('DELETE', pod, { body: { gracePeriodSeconds: 20 } })
      assert.deepEqual(
        [first.code, first.body.metadata.deletionGracePeriodSeconds, first.body.metadata.generation],
        [200, 20, 2],
      )
      const longer = await send('DELETE', pod, { body: { gracePeriodSeconds: 40 } })
      assert.equal(longer.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
      const shorter = await send('DELETE', pod, { body: { gracePeriodSeconds: 5 } })
      assert.equal(shorter.body.metadata.deletionGracePeriodSeconds, 5)
      assert.equal((await send('DELETE', pod, { body: { gracePeriodSeconds: 0 } })).code, 200)
      assert.equal((await send('GET', pod)).code, 404)
    },
  },
  {
    name: 'a pod without a node goes at once, and is told as modified and deleted',
    async run(context) {
      const { create, send, path, watch } = context
      await create(path('serviceaccounts'), { metadata: { name: 'default' } }).catch(() => undefined)
      const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i:1' }] }
      const made = await create(path('pods'), { metadata: { name: 'p' }, spec })
      const events = watch(resources.pods, { resourceVersion: made.metadata.resourceVersion })
      await send('DELETE', path('pods', 'p'))
      const [modified, deleted] = [await events.next(), await events.next()]
      assert.deepEqual([modified?.type, deleted?.type], ['MODIFIED', 'DELETED'])
      assert.equal(modified?.object.metadata.deletionGracePeriodSeconds, 0)
    },
  },
  {
    name: 'foreground and orphan deletion leave a finalizer for the garbage collector',
    async run({ create, send, path }) {
      for (const [policy, finalizer] of [
        ['Foreground', 'foregroundDeletion'],
        ['Orphan', 'orphan'],
      ] as const) {
        await create(path('configmaps'), { metadata: { name: policy.toLowerCase(), finalizers: ['example.com/a'] } })
        const answer = await send('DELETE', path('configmaps', policy.toLowerCase()), {
          body: { propagationPolicy: policy },
        })
        assert.deepEqual([answer.code, answer.body.metadata.finalizers], [200, ['example.com/a', finalizer]])
      }
    },
  },
  {
    name: 'a namespace that is being deleted takes no new objects',
    async run({ create, send, unique }) {
      const name = unique('ending')
      await create('/api/v1/namespaces', { metadata: { name, finalizers: ['example.com/a'] } })
      const deleted = await send('DELETE', `/api/v1/namespaces/${name}`)
      assert.equal(deleted.body['status'].phase, 'Terminating')
      const late = await send('POST', `/api/v1/namespaces/${name}/configmaps`, { body: { metadata: { name: 'late' } } })
      const message = `configmaps "late" is forbidden: unable to create new content in namespace ${name} because it is being terminated`
      assertStatus(late, { code: 403, reason: 'Forbidden', message })
      await send('PUT', `/api/v1/namespaces/${name}/finalize`, {
        body: { metadata: { name }, spec: { finalizers: [] } },
      })
    },
  },
]
