import assert from 'node:assert/strict'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

/** Creating, reading and replacing objects. */
export const objectRules: readonly ContractRule[] = [
  {
    name: 'a new object gets uid, resourceVersion, creationTimestamp and its type',
    async run({ create, path, namespace }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: 'v' } })
      assert.match(made.metadata.uid ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.match(made.metadata.resourceVersion ?? '', /^[1-9]\d*$/)
      assert.match(made.metadata.creationTimestamp ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/)
      assert.deepEqual([made.apiVersion, made.kind, made.metadata.namespace], ['v1', 'ConfigMap', namespace])
    },
  },
  {
    name: 'a name that is taken is refused with AlreadyExists',
    async run({ create, send, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' } })
      const again = await send('POST', path('configmaps'), { body: { metadata: { name: 'a' } } })
      assertStatus(again, { code: 409, reason: 'AlreadyExists', message: 'configmaps "a" already exists' })
      assert.deepEqual({ ...again.body['details'] }, { name: 'a', kind: 'configmaps' })
    },
  },
  {
    name: 'generateName is completed with five characters',
    async run({ create, path }) {
      const made = await create(path('configmaps'), { metadata: { generateName: 'prefix-' } })
      assert.match(made.metadata.name ?? '', /^prefix-[bcdfghjklmnpqrstvwxz2456789]{5}$/)
      assert.equal(made.metadata.generateName, 'prefix-')
    },
  },
  {
    name: 'an object without a name is refused',
    async run({ send, path }) {
      const answer = await send('POST', path('configmaps'), { body: {} })
      const message = 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required'
      assertStatus(answer, { code: 422, reason: 'Invalid', message })
    },
  },
  {
    name: 'an object in a namespace that does not exist is refused with NotFound',
    async run({ send, unique }) {
      const missing = unique('missing')
      const answer = await send('POST', `/api/v1/namespaces/${missing}/configmaps`, {
        body: { metadata: { name: 'a' } },
      })
      assertStatus(answer, { code: 404, reason: 'NotFound', message: `namespaces "${missing}" not found` })
    },
  },
  {
    name: 'a body that names another namespace than the path is refused',
    async run({ send, path }) {
      const answer = await send('POST', path('configmaps'), { body: { metadata: { name: 'a', namespace: 'default' } } })
      const message = 'the namespace of the provided object does not match the namespace sent on the request'
      assertStatus(answer, { code: 400, reason: 'BadRequest', message })
    },
  },
  {
    name: 'a missing object is NotFound, in words that name it',
    async run({ send, path }) {
      const answer = await send('GET', path('leases.coordination.k8s.io', 'nope'))
      assertStatus(answer, { code: 404, reason: 'NotFound', message: 'leases.coordination.k8s.io "nope" not found' })
      assert.deepEqual({ ...answer.body['details'] }, { name: 'nope', group: 'coordination.k8s.io', kind: 'leases' })
    },
  },
  {
    name: 'a resource that an API group does not have is NotFound as well',
    async run({ send, path }) {
      const answer = await send('GET', path('gadgets'))
      assertStatus(answer, {
        code: 404,
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      })
    },
  },
  {
    name: 'fields that a kind does not have are dropped; strict validation refuses them',
    async run({ create, send, path }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a', extra: 1 }, data: {}, other: true })
      assert.deepEqual(
        [made['other'], (made.metadata as Record<string, unknown>)['extra'], made['data']],
        [undefined, undefined, undefined],
      )
      const query = { fieldValidation: 'Strict' }
      const answer = await send('POST', path('configmaps'), { query, body: { metadata: { name: 'b' }, other: true } })
      const message =
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: unknown field "other"'
      assertStatus(answer, { code: 400, reason: 'BadRequest', message })
    },
  },
  {
    name: 'a value of the wrong type is refused with 400',
    async run({ send, path }) {
      const answer = await send('POST', path('configmaps'), { body: { metadata: { name: 'a' }, data: { k: 1 } } })
      const message =
        'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ConfigMap.data of type string'
      assertStatus(answer, { code: 400, reason: 'BadRequest', message })
    },
  },
  {
    name: 'a replacement with an old resourceVersion is refused with Conflict',
    async run({ create, merge, send, path }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: '1' } })
      await merge(path('configmaps', 'a'), { data: { k: '2' } })
      const answer = await send('PUT', path('configmaps', 'a'), { body: { ...made, data: { k: '3' } } })
      const message =
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again'
      assertStatus(answer, { code: 409, reason: 'Conflict', message })
    },
  },
  {
    name: 'a replacement without a resourceVersion replaces whatever is there, where the kind allows it',
    async run({ create, send, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: '1' } })
      const config = await send('PUT', path('configmaps', 'a'), { body: { metadata: { name: 'a' }, data: { z: '2' } } })
      assert.deepEqual([config.code, config.body['data']], [200, { z: '2' }])
      await create(path('leases.coordination.k8s.io'), { metadata: { name: 'l' }, spec: {} })
      const lease = await send('PUT', path('leases.coordination.k8s.io', 'l'), {
        body: { metadata: { name: 'l' }, spec: {} },
      })
      const message =
        'leases.coordination.k8s.io "l" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update'
      assertStatus(lease, { code: 422, reason: 'Invalid', message })
    },
  },
  {
    name: 'a replacement for another uid is refused with Conflict',
    async run({ create, send, path }) {
      await create(path('configmaps'), { metadata: { name: 'a' } })
      const other = '11111111-1111-1111-1111-111111111111'
      const answer = await send('PUT', path('configmaps', 'a'), { body: { metadata: { name: 'a', uid: other } } })
      const starts = 'Operation cannot be fulfilled on configmaps "a": StorageError: invalid object, Code: 4'
      assertStatus(answer, { code: 409, reason: 'Conflict', starts })
    },
  },
  {
    name: 'a write that changes nothing keeps the resourceVersion',
    async run({ create, send, merge, path }) {
      const made = await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: '1' } })
      const put = await send('PUT', path('configmaps', 'a'), { body: made })
      const patched = await merge(path('configmaps', 'a'), { data: { k: '1' } })
      const versions = [put.body.metadata.resourceVersion, patched.metadata.resourceVersion]
      assert.deepEqual(versions, [made.metadata.resourceVersion, made.metadata.resourceVersion])
    },
  },
  {
    name: 'PUT creates leases and no configmaps',
    async run({ send, path }) {
      const lease = await send('PUT', path('leases.coordination.k8s.io', 'l'), {
        body: { metadata: { name: 'l' }, spec: {} },
      })
      assert.equal(lease.code, 201)
      const config = await send('PUT', path('configmaps', 'c'), { body: { metadata: { name: 'c' } } })
      assertStatus(config, { code: 404, reason: 'NotFound', message: 'configmaps "c" not found' })
    },
  },
  {
    name: 'a dry run answers as if, and stores nothing',
    async run({ send, path }) {
      const dry = await send('POST', path('configmaps'), {
        query: { dryRun: 'All' },
        body: { metadata: { name: 'a' } },
      })
      assert.equal(dry.code, 201)
      assert.ok(dry.body.metadata.uid)
      assert.equal((await send('GET', path('configmaps', 'a'))).code, 404)
    },
  },
  {
    name: 'the metadata alone is to be had',
    async run({ create, send, path }) {
      await create(path('secrets'), { metadata: { name: 's', labels: { a: 'b' } }, stringData: { password: 'x' } })
      const accept = 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1'
      const { body } = await send('GET', path('secrets', 's'), { accept })
      assert.deepEqual(
        [body.kind, body.apiVersion, body.metadata.labels],
        ['PartialObjectMetadata', 'meta.k8s.io/v1', { a: 'b' }],
      )
      assert.deepEqual([body['data'], body['type']], [undefined, undefined])
    },
  },
]
