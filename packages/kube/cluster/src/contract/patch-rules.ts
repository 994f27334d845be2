import assert from 'node:assert/strict'
import type { ContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

const json = 'application/json-patch+json'
const merge = 'application/merge-patch+json'
const strategic = 'application/strategic-merge-patch+json'

async function createClaim({ create, path }: ContractContext): Promise<string> {
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, storageClassName: 'none' }
  await create(path('persistentvolumeclaims'), { metadata: { name: 'c', finalizers: ['example.com/a'] }, spec })
  return path('persistentvolumeclaims', 'c')
}

/** The ways to change a part of an object. */
export const patchRules: readonly ContractRule[] = [
  {
    name: 'a merge patch merges objects, removes with null and replaces lists',
    async run(context) {
      const claim = await createClaim(context)
      const first = await context.merge(claim, {
        metadata: { labels: { a: '1', b: '2' }, finalizers: ['example.com/b'] },
      })
      assert.deepEqual([first.metadata.labels, first.metadata.finalizers], [{ a: '1', b: '2' }, ['example.com/b']])
      const second = await context.merge(claim, { metadata: { labels: { a: null, c: '3' } } })
      assert.deepEqual(second.metadata.labels, { b: '2', c: '3' })
    },
  },
  {
    name: 'a JSON patch applies its steps in order, all or none',
    async run({ create, send, get, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: 'v', gone: 'x' } })
      const good = [
        { op: 'test', path: '/data/k', value: 'v' },
        { op: 'add', path: '/metadata/annotations', value: { 'example.com/a': '1' } },
        { op: 'replace', path: '/metadata/annotations/example.com~1a', value: '2' },
        { op: 'remove', path: '/data/gone' },
      ]
      const { code, body } = await send('PATCH', path('configmaps', 'a'), { body: good, contentType: json })
      assert.equal(code, 200)
      assert.deepEqual([body['data'], body.metadata.annotations], [{ k: 'v' }, { 'example.com/a': '2' }])
      const bad = [
        { op: 'add', path: '/data/new', value: 'n' },
        { op: 'test', path: '/data/k', value: 'other' },
      ]
      const refused = await send('PATCH', path('configmaps', 'a'), { body: bad, contentType: json })
      assertStatus(refused, {
        code: 422,
        reason: 'Invalid',
        message: 'the server rejected our request due to an error in our request',
      })
      assert.deepEqual((await get(path('configmaps', 'a')))['data'], { k: 'v' })
    },
  },
  {
    name: 'a strategic patch merges lists by their key and deletes by directive',
    async run(context) {
      const claim = `${await createClaim(context)}/status`
      const patch = async (conditions: unknown) =>
        (await context.send('PATCH', claim, { body: { status: { conditions } }, contentType: strategic })).body[
          'status'
        ].conditions as {
          type: string
          status: string
        }[]
      await patch([{ type: 'Resizing', status: 'True' }])
      const both = await patch([{ type: 'FileSystemResizePending', status: 'True' }])
      assert.deepEqual(
        both.map(({ type }) => type),
        ['FileSystemResizePending', 'Resizing'],
      )
      const changed = await patch([{ type: 'Resizing', status: 'False' }])
      assert.deepEqual(
        changed.map(({ type, status }) => `${type}=${status}`),
        ['FileSystemResizePending=True', 'Resizing=False'],
      )
      const left = await patch([{ type: 'Resizing', $patch: 'delete' }])
      assert.deepEqual(
        left.map(({ type }) => type),
        ['FileSystemResizePending'],
      )
    },
  },
  {
    name: 'a strategic patch adds to finalizers and takes from them',
    async run(context) {
      const claim = await createClaim(context)
      const send = async (metadata: unknown) =>
        (await context.send('PATCH', claim, { body: { metadata }, contentType: strategic })).body.metadata.finalizers
      assert.deepEqual(await send({ finalizers: ['example.com/b'] }), [
        'example.com/b',
        'example.com/a',
        'kubernetes.io/pvc-protection',
      ])
      const removed = await send({ '$deleteFromPrimitiveList/finalizers': ['example.com/a'] })
      assert.deepEqual(removed, ['example.com/b', 'kubernetes.io/pvc-protection'])
    },
  },
  {
    name: 'a patch with a resourceVersion is only for that version',
    async run({ create, merge: mergeInto, send, path }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a' } })
      await mergeInto(path('configmaps', 'a'), { data: { k: '1' } })
      const body = { metadata: { resourceVersion: made.metadata.resourceVersion }, data: { k: '2' } }
      assertStatus(await send('PATCH', path('configmaps', 'a'), { body, contentType: merge }), {
        code: 409,
        reason: 'Conflict',
      })
    },
  },
  {
    name: 'a patch cannot change who an object is',
    async run({ create, send, path }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a' } })
      const patch = (metadata: unknown) =>
        send('PATCH', path('configmaps', 'a'), { body: { metadata }, contentType: merge })
      const renamed = await patch({ name: 'b' })
      assertStatus(renamed, { code: 400, message: 'the name of the object (b) does not match the name on the URL (a)' })
      const uid = '11111111-1111-1111-1111-111111111111'
      const message = `ConfigMap "a" is invalid: metadata.uid: Invalid value: "${uid}": field is immutable`
      assertStatus(await patch({ uid }), { code: 422, reason: 'Invalid', message })
      const older = await patch({ creationTimestamp: '2000-01-01T00:00:00Z', labels: { a: 'b' } })
      assert.equal(older.body.metadata.creationTimestamp, made.metadata.creationTimestamp)
    },
  },
  {
    name: 'a patch of an unknown type is refused with 415, one for a missing object with 404',
    async run({ create, send, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' } })
      assertStatus(await send('PATCH', path('configmaps', 'a'), { body: {} }), {
        code: 415,
        reason: 'UnsupportedMediaType',
      })
      assertStatus(await send('PATCH', path('configmaps', 'b'), { body: {}, contentType: merge }), { code: 404 })
    },
  },
  {
    name: 'a patch that makes the object undecodable is refused with 422',
    async run({ create, send, path }) {
      await create(path('leases.coordination.k8s.io'), { metadata: { name: 'l' }, spec: {} })
      // Three digits, as Date.toISOString writes them: micro times have six.
      const body = { spec: { renewTime: '2026-01-01T00:00:00.123Z' } }
      const answer = await send('PATCH', path('leases.coordination.k8s.io', 'l'), { body, contentType: merge })
      assertStatus(answer, { code: 422, reason: 'Invalid', starts: ' "" is invalid: patch: Invalid value: ' })
      assert.match(String(answer.body['message']), /cannot parse ".123Z" as ".000000"$/)
    },
  },
]
