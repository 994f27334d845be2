import assert from 'node:assert/strict'
import { defineResource, type KubeObject, resources } from '@csi-ts/kube-api'
import type { ContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

interface Widget extends KubeObject {
  spec: Record<string, unknown>
}

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const schema = {
  type: 'object',
  properties: {
    spec: {
      type: 'object',
      required: ['size'],
      properties: {
        size: { type: 'integer', minimum: 1 },
        mode: { type: 'string', enum: ['a', 'b'], default: 'a' },
        parts: {
          type: 'array',
          items: { type: 'object', properties: { id: { type: 'string' }, weight: { type: 'integer', default: 7 } } },
        },
        free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
      },
    },
    status: { type: 'object', properties: { ready: { type: 'boolean' } } },
  },
}

/** Defines widgets of a group of this rule's own, waits until they are served, and returns the path of one. */
async function defineWidgets({
  create,
  send,
  unique,
  namespace,
  client,
  work,
}: ContractContext): Promise<{ group: string; path: string }> {
  const group = `${unique('g')}.example.com`
  const versions = [
    { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema }, subresources: { status: {} } },
  ]
  const spec = { group, scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' }, versions }
  await create(definitions, { metadata: { name: `widgets.${group}` }, spec })
  const fieldSelector = `metadata.name=widgets.${group}`
  for await (const { object } of client.resource(resources.customResourceDefinitions).watch({ fieldSelector }, work)) {
    if ((object.status?.conditions ?? []).some(({ type, status }) => type === 'Established' && status === 'True')) break
  }
  const path = `/apis/${group}/v1/namespaces/${namespace}/widgets`
  // Established comes a moment before every request is routed.
  for (let code = 404; code === 404; ) code = (await send('GET', path)).code
  return { group, path }
}

/** Objects of kinds that clients define. */
export const customResourceRules: readonly ContractRule[] = [
  {
    name: 'a definition is established, discovered and served',
    async run(context) {
      const { group } = await defineWidgets(context)
      const { body } = await context.send('GET', `/apis/${group}/v1`)
      const served = body['resources'] as { name: string; kind: string; namespaced: boolean }[]
      assert.deepEqual(
        served.map(({ name, kind, namespaced }) => `${name} ${kind} ${namespaced}`),
        ['widgets Widget true', 'widgets/status Widget true'],
      )
    },
  },
  {
    name: 'custom resources are defaulted and pruned by their schema',
    async run(context) {
      const { group, path } = await defineWidgets(context)
      const spec = { size: 1, unknown: 1, parts: [{ id: 'x', other: 2 }], free: { any: { thing: 3 } } }
      const made = await context.create(path, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'w' },
        spec,
        more: 1,
      })
      assert.deepEqual(made['spec'], {
        size: 1,
        mode: 'a',
        parts: [{ id: 'x', weight: 7 }],
        free: { any: { thing: 3 } },
      })
      assert.deepEqual([made['more'], made.metadata.generation], [undefined, 1])
    },
  },
  {
    name: 'custom resources are validated by their schema, in the words of the real server',
    async run(context) {
      const { group, path } = await defineWidgets(context)
      const create = (spec: unknown) =>
        context.send('POST', path, {
          body: { apiVersion: `${group}/v1`, kind: 'Widget', metadata: { name: 'w' }, spec },
        })
      const invalid = (why: string) => ({
        code: 422,
        reason: 'Invalid',
        message: `Widget.${group} "w" is invalid: ${why}`,
      })
      assertStatus(await create({}), invalid('spec.size: Required value'))
      assertStatus(
        await create({ size: 'x' }),
        invalid('spec.size: Invalid value: "string": spec.size in body must be of type integer: "string"'),
      )
      assertStatus(
        await create({ size: 0 }),
        invalid('spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1'),
      )
      assertStatus(
        await create({ size: 1, mode: 'c' }),
        invalid('spec.mode: Unsupported value: "c": supported values: "a", "b"'),
      )
    },
  },
  {
    name: 'the status of a custom resource is written alone, and does not count as a change of the object',
    async run(context) {
      const { group, path } = await defineWidgets(context)
      await context.create(path, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'w' },
        spec: { size: 1 },
      })
      const patched = await context.merge(`${path}/w`, { spec: { size: 2 }, status: { ready: true } })
      assert.deepEqual([patched['spec'].size, patched['status'], patched.metadata.generation], [2, undefined, 2])
      const body = { status: { ready: true }, spec: { size: 3 }, metadata: { labels: { a: 'b' } } }
      const status = await context.merge(`${path}/w/status`, body)
      assert.deepEqual(
        [status['spec'].size, status['status'], status.metadata.generation, status.metadata.labels],
        [2, { ready: true }, 2, undefined],
      )
    },
  },
  {
    name: 'custom resources are watched, listed with their kind, and take no strategic patches',
    async run(context) {
      const { group, path } = await defineWidgets(context)
      const type = defineResource<Widget>(`${group}/v1`, 'Widget', 'widgets', 'namespaced')
      const list = await context.get(path)
      const events = context.watch(type, { resourceVersion: list.metadata.resourceVersion })
      await context.create(path, {
        apiVersion: `${group}/v1`,
        kind: 'Widget',
        metadata: { name: 'w' },
        spec: { size: 1 },
      })
      assert.equal((await events.next())?.object.spec['mode'], 'a')
      assert.equal((await context.get(path))['items'][0].kind, 'Widget')
      const contentType = 'application/strategic-merge-patch+json'
      const answer = await context.send('PATCH', `${path}/w`, { body: { spec: { size: 2 } }, contentType })
      assertStatus(answer, { code: 415, reason: 'UnsupportedMediaType' })
    },
  },
]
