import assert from 'node:assert/strict'
import type { Answer, AnyObject, ContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

function applyConfig(context: ContractContext, manager: string, data: object, force = false): Promise<Answer> {
  const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' }, data }
  const query = { fieldManager: manager, ...(force ? { force: 'true' } : {}) }
  return context.send('PATCH', context.path('configmaps', 'a'), {
    body,
    query,
    contentType: 'application/apply-patch+yaml',
  })
}

/** `MANAGER OPERATION` and what they own, in the order of the object. */
function ownersOf({ metadata }: AnyObject): unknown[] {
  return (metadata.managedFields ?? []).map(({ manager, operation, subresource, fieldsV1 }) => [
    `${manager} ${operation}${subresource === undefined ? '' : ` ${subresource}`}`,
    fieldsV1,
  ])
}

/** Server-side apply, and who owns which fields. */
export const applyRules: readonly ContractRule[] = [
  {
    name: 'an apply creates the object, and what the manager leaves out next time goes',
    async run(context) {
      const created = await applyConfig(context, 'one', { k: '1', l: '2' })
      assert.deepEqual([created.code, created.body['data']], [201, { k: '1', l: '2' }])
      assert.deepEqual(ownersOf(created.body), [['one Apply', { 'f:data': { 'f:k': {}, 'f:l': {} } }]])
      const changed = await applyConfig(context, 'one', { l: '3' })
      assert.deepEqual([changed.code, changed.body['data']], [200, { l: '3' }])
    },
  },
  {
    name: 'two managers may apply the same value and both own it until both have dropped it',
    async run(context) {
      await applyConfig(context, 'one', { k: '1' })
      const second = await applyConfig(context, 'two', { k: '1', m: '2' })
      assert.deepEqual(second.body['data'], { k: '1', m: '2' })
      assert.deepEqual((await applyConfig(context, 'two', { m: '2' })).body['data'], { k: '1', m: '2' })
      assert.deepEqual((await applyConfig(context, 'one', {})).body['data'], { m: '2' })
    },
  },
  {
    name: "changing another manager's field is a conflict, unless it is forced",
    async run(context) {
      await applyConfig(context, 'one', { k: '1' })
      const refused = await applyConfig(context, 'two', { k: '2' })
      assertStatus(refused, {
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .data.k',
      })
      const forced = await applyConfig(context, 'two', { k: '2' }, true)
      assert.deepEqual(forced.body['data'], { k: '2' })
      assert.deepEqual(ownersOf(forced.body), [['two Apply', { 'f:data': { 'f:k': {} } }]])
    },
  },
  {
    name: 'an apply needs to say who applies',
    async run({ send, path }) {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }
      const answer = await send('PATCH', path('configmaps', 'a'), { body, contentType: 'application/apply-patch+yaml' })
      const message =
        'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch'
      assertStatus(answer, { code: 422, reason: 'Invalid', message })
    },
  },
  {
    name: 'other writes are owned by their field manager, in the part that they write to',
    async run({ send, merge, path }) {
      const spec = {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Gi' } },
        storageClassName: 'none',
      }
      const body = { metadata: { name: 'c', labels: { a: 'b' } }, spec }
      await send('POST', path('persistentvolumeclaims'), { body, query: { fieldManager: 'creator' } })
      const contentType = 'application/merge-patch+json'
      const query = { fieldManager: 'binder' }
      await send('PATCH', path('persistentvolumeclaims', 'c', 'status'), {
        body: { status: { phase: 'Bound' } },
        query,
        contentType,
      })
      const claim = await merge(path('persistentvolumeclaims', 'c'), {})
      const owned = new Map(ownersOf(claim) as [string, unknown][])
      assert.deepEqual(owned.get('creator Update'), {
        'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } },
        'f:spec': {
          'f:accessModes': {},
          'f:resources': { 'f:requests': { '.': {}, 'f:storage': {} } },
          'f:storageClassName': {},
          'f:volumeMode': {},
        },
      })
      assert.deepEqual(owned.get('binder Update status'), { 'f:status': { 'f:phase': {} } })
    },
  },
  {
    name: 'an apply that takes over from an update keeps the containers that still hold something',
    async run(context) {
      const { create, send, path } = context
      await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: '1' } })
      const made = await context.get(path('configmaps', 'a'))
      const [owner] = made.metadata.managedFields ?? []
      const managedFields = [{ ...owner, manager: 'one', operation: 'Apply' }]
      const body = { metadata: { managedFields, resourceVersion: made.metadata.resourceVersion } }
      await send('PATCH', path('configmaps', 'a'), { body, contentType: 'application/merge-patch+json' })
      const applied = await applyConfig(context, 'one', { k: '1' })
      assert.deepEqual([applied.code, applied.body['data']], [200, { k: '1' }])
    },
  },
]
