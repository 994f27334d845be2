import assert from 'node:assert/strict'
import { type KubectlCheck, reads } from '../kubectl-check.ts'
import { claim, configMap, pod } from '../manifests.ts'

const finalizers = (names: readonly string[] | null) => `--patch=${JSON.stringify({ metadata: { finalizers: names } })}`

/** Watching, waiting and deleting. */
export const watchChecks: readonly KubectlCheck[] = [
  {
    name: 'get --watch',
    async run({ run, feed, start }) {
      await feed(configMap('a', {}), 'create')
      const watch = start('get', 'cm', '--watch', '--output-watch-events', '--selector=!none')
      await watch.sees('EVENT | NAME | DATA | AGE')
      await watch.sees('ADDED | a | 0 | AGE')
      await feed(configMap('b', { k: 'v' }), 'create')
      await watch.sees('ADDED | b | 1 | AGE')
      await run('patch', 'cm', 'a', '--type=merge', '--patch={"data":{"k":"v"}}')
      await watch.sees('MODIFIED | a | 1 | AGE')
      await run('delete', 'cm', 'b')
      await watch.sees('DELETED | b | 1 | AGE')
    },
  },
  {
    name: 'get --watch-only of one object, as JSON',
    async run({ run, feed, start }) {
      await feed(configMap('a', { k: '1' }), 'create')
      const watch = start('get', 'cm', 'a', '--watch', '--output=jsonpath={.data.k};')
      await watch.sees('1;')
      await run('patch', 'cm', 'a', '--type=merge', '--patch={"data":{"k":"2"}}')
      await watch.sees('1;2;')
    },
  },
  {
    name: 'wait --for a condition, a field, creation and deletion',
    async run({ run, feed, start }) {
      const created = start('wait', '--for=create', 'pod/db', '--timeout=20s')
      await feed(pod('db'), 'create')
      reads((await created.ended).stdout.trim(), 'pod/db condition met')
      const ready = start('wait', '--for=condition=Ready', 'pod/db', '--timeout=20s')
      const conditions = [{ type: 'Ready', status: 'True' }]
      const status = JSON.stringify({ status: { phase: 'Running', conditions } })
      await run('patch', 'pod', 'db', '--subresource=status', `--patch=${status}`)
      reads((await ready.ended).stdout.trim(), 'pod/db condition met')
      reads(await run('wait', '--for=jsonpath={.status.phase}=Running', 'pod/db'), 'pod/db condition met')
      const gone = start('wait', '--for=delete', 'pod/db', '--timeout=20s')
      await run('delete', 'pod', 'db', '--now')
      const { code, stdout } = await gone.ended
      // It says nothing when it comes too late to see the pod.
      assert.match(`${code} ${stdout}`, /^0 (pod\/db condition met\n)?$/)
    },
  },
  {
    name: 'wait that is in vain',
    async run({ feed, fails }) {
      await feed(claim('data'), 'create')
      reads(
        await fails('wait', '--for=jsonpath={.status.phase}=Bound', 'pvc/data', '--timeout=1s'),
        'error: timed out waiting for the condition on persistentvolumeclaims/data',
      )
    },
  },
  {
    name: 'delete --wait stays until the last finalizer is gone',
    async run({ run, feed, start, fails, namespace }) {
      await feed(configMap('held', {}), 'create')
      await run('patch', 'cm', 'held', '--type=merge', finalizers(['example.com/a', 'example.com/b']))
      const deleting = start('delete', 'cm', 'held', '--wait', '--timeout=20s')
      await deleting.sees(`configmap "held" deleted from ${namespace} namespace`)
      await run('patch', 'cm', 'held', '--type=merge', finalizers(['example.com/b']))
      reads(await run('get', 'cm', 'held', '--output=jsonpath={.metadata.finalizers}'), '["example.com/b"]')
      await run('patch', 'cm', 'held', '--type=merge', finalizers(null))
      assert.equal((await deleting.ended).code, 0)
      reads(await fails('get', 'cm', 'held'), 'Error from server (NotFound): configmaps "held" not found')
    },
  },
  {
    name: 'delete --wait=false of a protected claim: it is Terminating',
    async run({ run, feed, namespace }) {
      await feed(claim('data'), 'create')
      const said = await run('delete', 'pvc', 'data', '--wait=false')
      reads(said, `persistentvolumeclaim "data" deleted from ${namespace} namespace`)
      reads(await run('get', 'pvc', '--no-headers'), 'data | Terminating | fast | <unset> | AGE')
    },
  },
  {
    name: 'delete by selector, by file, all, and what is not there',
    async run({ run, feed, fails, namespace }) {
      for (const name of ['a', 'b', 'c', 'd'])
        await feed(configMap(name, {}, name < 'c' ? { half: 'first' } : undefined), 'create')
      const deleted = (name: string) => `configmap "${name}" deleted from ${namespace} namespace`
      reads(await run('delete', 'cm', '--selector=half=first'), deleted('a'), deleted('b'))
      reads(await feed(configMap('c', {}), 'delete'), deleted('c'))
      reads(await run('delete', 'cm', '--all'), deleted('d'))
      reads(await fails('delete', 'cm', 'a'), 'Error from server (NotFound): configmaps "a" not found')
      reads(await run('delete', 'cm', 'a', '--ignore-not-found'), '')
    },
  },
  {
    name: 'delete pod --force',
    async run({ run, feed, fails, namespace }) {
      await feed(pod('db'), 'create')
      const said = await run('delete', 'pod', 'db', '--grace-period=0', '--force')
      reads(said, `pod "db" force deleted from ${namespace} namespace`)
      reads(await fails('get', 'pod', 'db'), 'Error from server (NotFound): pods "db" not found')
    },
  },
  {
    name: 'delete --cascade=orphan and foreground leave their mark',
    async run({ run, feed }) {
      await feed(configMap('owner', {}), 'create')
      await run('delete', 'cm', 'owner', '--cascade=foreground', '--wait=false')
      reads(await run('get', 'cm', 'owner', '--output=jsonpath={.metadata.finalizers}'), '["foregroundDeletion"]')
      await run('patch', 'cm', 'owner', '--type=merge', finalizers(null))
      await feed(configMap('other', {}), 'create')
      await run('delete', 'cm', 'other', '--cascade=orphan', '--wait=false')
      reads(await run('get', 'cm', 'other', '--output=jsonpath={.metadata.finalizers}'), '["orphan"]')
      await run('patch', 'cm', 'other', '--type=merge', finalizers(null))
    },
  },
]
