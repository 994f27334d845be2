import assert from 'node:assert/strict'
import { resources } from '@csi-ts/kube-api'
import { isGone } from '@csi-ts/kube-client'
import type { ContractContext, WatchReader } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'

const configMaps = resources.configMaps

async function listedVersion({ get, path }: ContractContext): Promise<string> {
  return (await get(path('configmaps'))).metadata.resourceVersion ?? ''
}

/** `TYPE name` of the next events. */
async function nextEvents<T extends { metadata: { name?: string } }>(
  reader: WatchReader<T>,
  count: number,
): Promise<string[]> {
  const texts: string[] = []
  for (let index = 0; index < count; index += 1) {
    const event = await reader.next()
    texts.push(`${event?.type} ${event?.object.metadata.name}`)
  }
  return texts
}

/** Watches. */
export const watchRules: readonly ContractRule[] = [
  {
    name: 'a watch from a list gets every later change once, in order',
    async run(context) {
      const { create, merge, send, path, watch } = context
      await create(path('configmaps'), { metadata: { name: 'before' } })
      const resourceVersion = await listedVersion(context)
      const events = watch(configMaps, { resourceVersion })
      await create(path('configmaps'), { metadata: { name: 'a' } })
      await merge(path('configmaps', 'before'), { data: { k: 'v' } })
      await send('DELETE', path('configmaps', 'a'))
      await merge(path('configmaps', 'before'), { data: { k: 'w' } })
      assert.deepEqual(await nextEvents(events, 4), ['ADDED a', 'MODIFIED before', 'DELETED a', 'MODIFIED before'])
    },
  },
  {
    name: 'a deletion is told with the last state and a newer resourceVersion',
    async run(context) {
      const { create, send, path, watch } = context
      const made = await create(path('configmaps'), { metadata: { name: 'a' }, data: { k: 'v' } })
      const events = watch(configMaps, { resourceVersion: made.metadata.resourceVersion })
      await send('DELETE', path('configmaps', 'a'))
      const event = await events.next()
      assert.deepEqual([event?.type, event?.object.data], ['DELETED', { k: 'v' }])
      assert.ok(BigInt(event?.object.metadata.resourceVersion ?? '0') > BigInt(made.metadata.resourceVersion ?? '0'))
    },
  },
  {
    name: 'a watch without a resourceVersion starts with what is there, and says where that ends',
    async run(context) {
      const { create, path, watch } = context
      await create(path('configmaps'), { metadata: { name: 'b' } })
      await create(path('configmaps'), { metadata: { name: 'a' } })
      const events = watch(configMaps)
      assert.deepEqual((await nextEvents(events, 2)).toSorted(), ['ADDED a', 'ADDED b'])
      const bookmark = await events.next()
      assert.equal(bookmark?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true')
      await create(path('configmaps'), { metadata: { name: 'c' } })
      assert.deepEqual(await nextEvents(events, 1), ['ADDED c'])
    },
  },
  {
    name: 'to a selecting watch, entering the selection is ADDED and leaving it DELETED in its old state',
    async run(context) {
      const { create, merge, path, watch } = context
      const resourceVersion = await listedVersion(context)
      const events = watch(configMaps, { resourceVersion, labelSelector: 'on=yes' })
      await create(path('configmaps'), { metadata: { name: 'a' } })
      await merge(path('configmaps', 'a'), { metadata: { labels: { on: 'yes' } } })
      await merge(path('configmaps', 'a'), { data: { k: 'v' } })
      const left = await merge(path('configmaps', 'a'), { metadata: { labels: { on: 'no' } } })
      assert.deepEqual(await nextEvents(events, 2), ['ADDED a', 'MODIFIED a'])
      const event = await events.next()
      assert.deepEqual([event?.type, event?.object.metadata.labels], ['DELETED', { on: 'yes' }])
      assert.equal(event?.object.metadata.resourceVersion, left.metadata.resourceVersion)
    },
  },
  {
    name: 'a field selector on a watch follows the field',
    async run(context) {
      const { create, send, path, watch, namespace } = context
      const events = watch(resources.pods, { fieldSelector: 'spec.nodeName=n1' })
      const spec = { serviceAccountName: 'default', containers: [{ name: 'c', image: 'i:1' }] }
      await create(path('serviceaccounts'), { metadata: { name: 'default' } }).catch(() => undefined)
      await create(path('pods'), { metadata: { name: 'p' }, spec })
      const target = { kind: 'Node', name: 'n1' }
      const bound = await send('POST', path('pods', 'p', 'binding'), {
        body: { metadata: { name: 'p', namespace }, target },
      })
      assert.equal(bound.code, 201)
      assert.deepEqual(await nextEvents(events, 1), ['ADDED p'])
    },
  },
  {
    name: 'the initial events end with an annotated bookmark',
    async run(context) {
      const { create, path, watch } = context
      const made = await create(path('configmaps'), { metadata: { name: 'a' } })
      const events = watch(configMaps, { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' })
      assert.deepEqual(await nextEvents(events, 1), ['ADDED a'])
      const bookmark = await events.next()
      assert.equal(bookmark?.type, 'BOOKMARK')
      assert.equal(bookmark?.object.metadata.annotations?.['k8s.io/initial-events-end'], 'true')
      assert.ok(
        BigInt(bookmark?.object.metadata.resourceVersion ?? '0') >= BigInt(made.metadata.resourceVersion ?? '0'),
      )
    },
  },
  {
    name: 'a watch ends by itself after timeoutSeconds',
    async run(context) {
      const events = context.watch(configMaps, { resourceVersion: await listedVersion(context), timeoutSeconds: 1 })
      const seen: string[] = []
      for (let event = await events.next(); event !== undefined; event = await events.next()) seen.push(event.type)
      assert.deepEqual(
        seen.filter((type) => type !== 'BOOKMARK'),
        [],
      )
    },
  },
  {
    name: 'a watch of metadata tells the same changes',
    async run(context) {
      const { create, path, client, namespace, work } = context
      const resourceVersion = await listedVersion(context)
      await create(path('configmaps'), { metadata: { name: 'a', labels: { l: 'm' } }, data: { k: 'v' } })
      for await (const event of client.resource(configMaps).metadata().watch({ namespace, resourceVersion }, work)) {
        assert.deepEqual(
          [event.type, event.object.metadata.name, event.object.metadata.labels],
          ['ADDED', 'a', { l: 'm' }],
        )
        assert.equal((event.object as { data?: unknown }).data, undefined)
        break
      }
    },
  },
]

/** What a server does once it has forgotten: needs a server that can be made to. */
export async function expectExpired(context: ContractContext, forget: () => void | Promise<void>): Promise<void> {
  const { create, path, send, watch } = context
  const old = await create(path('configmaps'), { metadata: { name: 'a' } })
  await create(path('configmaps'), { metadata: { name: 'b' } })
  const first = await send('GET', path('configmaps'), { query: { limit: '1' } })
  await create(path('configmaps'), { metadata: { name: 'c' } })
  await forget()
  const events = watch(configMaps, { resourceVersion: old.metadata.resourceVersion })
  await assert.rejects(events.next(), (error) => isGone(error))
  const token = ((first.body.metadata as Record<string, unknown>)['continue'] as string | undefined) ?? ''
  const second = await send('GET', path('configmaps'), { query: { limit: '1', continue: token } })
  assert.deepEqual([second.code, second.body['reason']], [410, 'Expired'])
}
