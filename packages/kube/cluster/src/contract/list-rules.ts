import assert from 'node:assert/strict'
import type { AnyObject, ContractContext } from './contract-context.ts'
import type { ContractRule } from './contract-rule.ts'
import { assertStatus } from './status-checks.ts'

async function createMany({ create, path }: ContractContext, names: readonly string[]): Promise<void> {
  for (const name of names)
    await create(path('configmaps'), { metadata: { name, labels: { name, half: name < 'c' ? 'first' : 'second' } } })
}

function namesOf(list: AnyObject): string[] {
  return (list['items'] as AnyObject[]).map(({ metadata }) => metadata.name ?? '')
}

/** Lists, pages and selectors. */
export const listRules: readonly ContractRule[] = [
  {
    name: 'a list is in key order, has a resourceVersion, and says once what its items are',
    async run(context) {
      await createMany(context, ['b', 'a', 'c'])
      const list = await context.get(context.path('configmaps'))
      assert.deepEqual(namesOf(list), ['a', 'b', 'c'])
      assert.deepEqual([list.kind, list.apiVersion], ['ConfigMapList', 'v1'])
      assert.match(list.metadata.resourceVersion ?? '', /^[1-9]\d*$/)
      assert.deepEqual([list['items'][0].kind, list['items'][0].apiVersion], [undefined, undefined])
    },
  },
  {
    name: 'the pages of a list are of one moment, whatever happens in between',
    async run(context) {
      await createMany(context, ['a', 'b', 'c', 'd', 'e'])
      const { send, path, merge, create } = context
      const first = await send('GET', path('configmaps'), { query: { limit: '2' } })
      assert.deepEqual(namesOf(first.body), ['a', 'b'])
      assert.equal((first.body.metadata as Record<string, unknown>)['remainingItemCount'], 3)
      await send('DELETE', path('configmaps', 'c'))
      await create(path('configmaps'), { metadata: { name: 'bb' } })
      await merge(path('configmaps', 'd'), { metadata: { labels: { new: 'yes' } } })
      const second = await send('GET', path('configmaps'), { query: { limit: '2', continue: continueOf(first.body) } })
      assert.deepEqual(namesOf(second.body), ['c', 'd'])
      assert.equal(second.body['items'][1].metadata.labels.new, undefined)
      assert.equal(second.body.metadata.resourceVersion, first.body.metadata.resourceVersion)
      const last = await send('GET', path('configmaps'), { query: { limit: '2', continue: continueOf(second.body) } })
      assert.deepEqual([namesOf(last.body), continueOf(last.body)], [['e'], ''])
    },
  },
  {
    name: 'resourceVersion with Exact lists the past',
    async run(context) {
      await createMany(context, ['a'])
      const { send, path } = context
      const before = await context.get(path('configmaps'))
      await createMany(context, ['b'])
      const query = { resourceVersion: before.metadata.resourceVersion ?? '', resourceVersionMatch: 'Exact' }
      const exact = await send('GET', path('configmaps'), { query })
      assert.deepEqual(namesOf(exact.body), ['a'])
      assert.equal(exact.body.metadata.resourceVersion, before.metadata.resourceVersion)
      const newer = await send('GET', path('configmaps'), { query: { ...query, resourceVersionMatch: 'NotOlderThan' } })
      assert.deepEqual(namesOf(newer.body), ['a', 'b'])
    },
  },
  {
    name: 'resourceVersionMatch is refused without a resourceVersion',
    async run({ send, path }) {
      const answer = await send('GET', path('configmaps'), { query: { resourceVersionMatch: 'Exact' } })
      const message =
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided'
      assertStatus(answer, { code: 422, reason: 'Invalid', message })
    },
  },
  {
    name: 'what is no resourceVersion or continue token is refused with 400',
    async run({ send, path }) {
      const version = await send('GET', path('configmaps'), { query: { resourceVersion: 'abc' } })
      const message =
        'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
      assertStatus(version, { code: 400, reason: 'BadRequest', message })
      const token = await send('GET', path('configmaps'), { query: { limit: '1', continue: 'abc' } })
      assertStatus(token, { code: 400, starts: 'invalid continue token: continue key is not valid' })
    },
  },
  {
    name: 'label selectors choose by equality, sets and existence',
    async run(context) {
      await createMany(context, ['a', 'b', 'c'])
      const { send, path } = context
      const select = async (labelSelector: string) =>
        namesOf((await send('GET', path('configmaps'), { query: { labelSelector } })).body)
      assert.deepEqual(await select('half=first'), ['a', 'b'])
      assert.deepEqual(await select('half!=first,name'), ['c'])
      assert.deepEqual(await select('name in (a, c)'), ['a', 'c'])
      assert.deepEqual(await select('name notin (a),half'), ['b', 'c'])
      assert.deepEqual(await select('!half,name'), [])
    },
  },
  {
    name: 'field selectors choose by name, and by the fields that a kind offers',
    async run(context) {
      await createMany(context, ['a', 'b'])
      const { send, path, create } = context
      const byName = await send('GET', path('configmaps'), { query: { fieldSelector: 'metadata.name=b' } })
      assert.deepEqual(namesOf(byName.body), ['b'])
      await create(path('secrets'), { metadata: { name: 's' }, type: 'example.com/x' })
      await create(path('secrets'), { metadata: { name: 't' } })
      const byType = await send('GET', path('secrets'), { query: { fieldSelector: 'type=Opaque' } })
      assert.deepEqual(namesOf(byType.body), ['t'])
      const unknown = await send('GET', path('secrets'), { query: { fieldSelector: 'data.x=1' } })
      assertStatus(unknown, { code: 400, reason: 'BadRequest', message: 'field label not supported: data.x' })
      const other = await send('GET', path('configmaps'), { query: { fieldSelector: 'data.x=1' } })
      const message = '"data.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
      assertStatus(other, { code: 400, reason: 'BadRequest', message })
    },
  },
  {
    name: 'a filtered page is filled from what follows, and does not say how much is left',
    async run(context) {
      await createMany(context, ['a', 'b', 'c', 'd'])
      const query = { labelSelector: 'half=second', limit: '1' }
      const page = await context.send('GET', context.path('configmaps'), { query })
      assert.deepEqual(namesOf(page.body), ['c'])
      assert.equal((page.body.metadata as Record<string, unknown>)['remainingItemCount'], undefined)
      const rest = await context.send('GET', context.path('configmaps'), {
        query: { ...query, continue: continueOf(page.body) },
      })
      assert.deepEqual(namesOf(rest.body), ['d'])
    },
  },
  {
    name: 'deletecollection deletes what is selected and answers with it',
    async run(context) {
      await createMany(context, ['a', 'b', 'c'])
      const { send, path } = context
      const answer = await send('DELETE', path('configmaps'), { query: { labelSelector: 'half=first' } })
      assert.deepEqual([answer.code, answer.body.kind, namesOf(answer.body)], [200, 'ConfigMapList', ['a', 'b']])
      assert.deepEqual(namesOf(await context.get(path('configmaps'))), ['c'])
    },
  },
]

function continueOf(list: AnyObject): string {
  return ((list.metadata as Record<string, unknown>)['continue'] as string | undefined) ?? ''
}
