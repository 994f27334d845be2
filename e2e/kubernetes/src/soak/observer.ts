import { type ConfigMap, type KubeObject, keyOf, refOf, resources } from '@csi-ts/kube-api'
import { createKubeClient, isAlreadyExists, isNotFound, type KubeClient } from '@csi-ts/kube-client'
import {
  type Cached,
  createController,
  createInformers,
  done,
  type EventHandler,
  type Informers,
  type Needs,
  type Reconciler,
} from '@csi-ts/kube-controller'
import { silentLogger, type WorkContext } from '@csi-ts/telemetry'
import type { FromObserver, ToObserver } from './observer-messages.ts'
import { mirrorLabel, observedResources } from './soak-objects.ts'

/**
 * The process that is soaked: caches of several kinds, read in pages and as a stream, and a controller that keeps a copy
 * of each config map. It is a process of its own so that its memory is its own. An unhandled rejection ends it.
 */
const stop = new AbortController()
const work: WorkContext = { signal: stop.signal, log: silentLogger }
let contradictions: string[] = []
let told = 0
const versions = new Map<string, Map<string, string>>()
let caches: readonly (readonly [name: string, informers: Informers])[] = []

process.once('disconnect', () => process.exit(0)) // who started this is gone
process.on('message', (message: ToObserver) => {
  switch (message.kind) {
    case 'start':
      void start(message).then(() => send({ kind: 'started' }))
      break
    case 'observe':
      send({ kind: 'observation', caches: versionsByCache(), contradictions, told, relists: relists() })
  }
})

async function start({ config, namespace }: Extract<ToObserver, { kind: 'start' }>): Promise<void> {
  const client = createKubeClient({ config, userAgent: 'soak-observer' })
  const observed: Needs = observedResources.map((resource) => ({ resource, verbs: ['list', 'watch'], fields: [] }))
  const mirrored: Needs = [
    { resource: resources.configMaps, verbs: ['list', 'watch', 'create', 'patch', 'delete'], fields: ['data'] },
  ]
  const paged = createInformers({ client, log: work.log, pageSize: 20 })
  const streamed = createInformers({ client, log: work.log, streamInitialList: true })
  caches = [
    ['paged', paged],
    ['streamed', streamed],
  ]
  for (const [name, informers] of caches) {
    informers.register([...observed, ...mirrored])
    for (const resource of observedResources) {
      informers.informer(resource).addHandler(recorder(`${name} ${resource.plural}`))
    }
  }
  const mirror = createController({
    name: 'mirror',
    workers: 4,
    log: work.log,
    reconciler: mirrorReconciler(client, paged),
  })
  const enqueue = (map: Cached<ConfigMap>): void => {
    const { name, namespace: where = '' } = map.metadata
    if (where === namespace) mirror.enqueue(`${namespace}/${name.replace(/^mirror-/, '')}`)
  }
  paged.informer(resources.configMaps).addHandler({ add: enqueue, update: enqueue, delete: enqueue })
  for (const [, informers] of caches) informers.start(work)
  await Promise.all(caches.map(([, informers]) => informers.synced(work)))
  void mirror.run(work)
}

/** Keeps `mirror-NAME` as a copy of `NAME`, and removes it after it. */
function mirrorReconciler(client: KubeClient, informers: Informers): Reconciler {
  const maps = client.resource(resources.configMaps)
  const { lister } = informers.informer(resources.configMaps)
  return {
    async reconcile(key, ctx) {
      const { name, namespace = '' } = refOf(key)
      const source = lister.get(key)
      const copy = { name: `mirror-${name}`, namespace }
      const seen = lister.get(copy)
      if (source === undefined) {
        if (seen !== undefined) await maps.delete(copy, ctx).catch(unless(isNotFound))
        return done
      }
      const data = { ...source.data }
      if (seen === undefined) {
        const metadata = { ...copy, labels: { [mirrorLabel]: 'yes' } }
        // The cache may not have it yet; then the next event brings us back.
        await maps.create({ metadata, data }, ctx).catch(unless(isAlreadyExists))
      } else if (seen.data?.['value'] !== data['value']) {
        await maps.patch(copy, { type: 'merge', body: { data } }, ctx).catch(unless(isNotFound))
      }
      return done
    },
  }
}

function unless(isExpected: (error: unknown) => boolean): (error: unknown) => void {
  return (error) => {
    if (!isExpected(error)) throw error
  }
}

/** Follows what a handler is told, and keeps no more of it than names and versions. */
function recorder(cache: string): EventHandler<KubeObject> {
  const known = new Map<string, string>()
  versions.set(cache, known)
  const note = (call: string, object: Cached<KubeObject>, fits: boolean) => {
    told += 1
    if (!fits) contradictions = [...contradictions, `${cache}: ${call} ${keyOf(object)}`].slice(-20)
  }
  return {
    add(object) {
      note('add', object, !known.has(keyOf(object)))
      known.set(keyOf(object), object.metadata.resourceVersion ?? '')
    },
    update(now, before) {
      note('update', now, known.get(keyOf(now)) === before.metadata.resourceVersion)
      known.set(keyOf(now), now.metadata.resourceVersion ?? '')
    },
    delete(object) {
      note('delete', object, known.delete(keyOf(object)))
    },
  }
}

/** What the caches hold themselves; what handlers were told has to be the same. */
function versionsByCache(): Record<string, Record<string, string>> {
  const all = caches.flatMap(([name, informers]) =>
    observedResources.flatMap((resource) => {
      const cache = `${name} ${resource.plural}`
      const held = informers.informer(resource).lister.list()
      return [
        [cache, Object.fromEntries(held.map((one) => [keyOf(one), one.metadata.resourceVersion ?? '']))] as const,
        [`${cache}, as told`, Object.fromEntries(versions.get(cache) ?? [])] as const,
      ]
    }),
  )
  return Object.fromEntries(all)
}

function relists(): number {
  return caches.flatMap(([, informers]) => informers.status()).reduce((sum, { lists }) => sum + lists - 1, 0)
}

function send(message: FromObserver): void {
  process.send?.(message, undefined, undefined, () => undefined)
}
