import { sleep } from '@csi-ts/concurrency'
import { keyOf, type PersistentVolume, type PersistentVolumeClaim, resources } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'
import type { SoakGround } from './soak-ground.ts'
import { observedResources, soakDriver, soakNamespace } from './soak-objects.ts'

/** How long everything may take to come to rest when the faults have ended. */
const restMs = 120_000
const lookMs = 250

/**
 * Looks again and again until nothing is wrong any more.
 *
 * @returns what is still wrong when the time is over; undefined: all is well.
 */
export async function untilRight(
  look: () => Promise<string | undefined>,
  ctx: WorkContext,
  timeoutMs: number = restMs,
): Promise<string | undefined> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const wrong = await look()
    if (wrong === undefined || performance.now() > deadline) return wrong
    await sleep(lookMs, ctx)
  }
}

/** How the observer's caches differ from the server. */
export async function cacheDifference({ client, observer }: SoakGround, ctx: WorkContext): Promise<string | undefined> {
  const { caches } = await observer.observe()
  const wrong: string[] = []
  for (const resource of observedResources) {
    const { items } = await client.resource(resource).listAll({}, ctx)
    const server = new Map(items.map((object) => [keyOf(object), object.metadata.resourceVersion]))
    const names = Object.keys(caches).filter((name) => name.split(/[ ,]/)[1] === resource.plural)
    if (names.length !== 4) throw new Error(`the observer has ${names.length} caches of ${resource.plural}`)
    for (const name of names) {
      const cache = new Map(Object.entries(caches[name] ?? {}))
      const missing = [...server.keys()].filter((key) => !cache.has(key))
      const extra = [...cache.keys()].filter((key) => !server.has(key))
      const old = [...server].filter(([key, version]) => cache.has(key) && cache.get(key) !== version)
      if (missing.length + extra.length + old.length === 0) continue
      wrong.push(
        `${name}: ${missing.length} missing, ${extra.length} too many, ${old.length} outdated of ${server.size}`,
      )
    }
  }
  return wrong.length === 0 ? undefined : wrong.join('; ')
}

/** How the copies of the observer's controller differ from their sources. */
export async function mirrorDifference({ client }: SoakGround, ctx: WorkContext): Promise<string | undefined> {
  const { items } = await client.resource(resources.configMaps).listAll({ namespace: soakNamespace }, ctx)
  const values = new Map(items.map(({ metadata, data }) => [metadata.name, data?.['value'] ?? '']))
  const wrong = [...values].filter(([name, value]) =>
    name.startsWith('mirror-') ? !values.has(name.slice('mirror-'.length)) : values.get(`mirror-${name}`) !== value,
  )
  return wrong.length === 0 ? undefined : `wrong or left over: ${wrong.map(([name]) => name).join(', ')}`
}

/** Whether each claim has a volume, and each volume of the driver a PersistentVolume and the other way round. */
export async function volumeDifference(ground: SoakGround, ctx: WorkContext): Promise<string | undefined> {
  const { client, backend } = ground
  const claims = await client.resource(resources.persistentVolumeClaims).listAll({ namespace: soakNamespace }, ctx)
  const volumes = await client.resource(resources.persistentVolumes).listAll({}, ctx)
  const open = claims.items.filter((claim) => !isBound(claim)).map(keyOf)
  const handles = volumes.items.flatMap(handleOf)
  const held = new Set(await backend.volumes())
  const leaked = [...held].filter((id) => !handles.includes(id))
  const lost = handles.filter((id) => !held.has(id))
  const uids = new Set(claims.items.map(({ metadata }) => metadata.uid))
  const unneeded = volumes.items.filter(({ spec }) => !uids.has(spec?.claimRef?.uid))
  const problems = [
    open.length > 0 && `claims unbound: ${open.join(', ')}`,
    leaked.length > 0 && `volumes in the driver without PersistentVolume: ${leaked.join(', ')}`,
    lost.length > 0 && `PersistentVolumes without volume: ${lost.join(', ')}`,
    unneeded.length > 0 && `PersistentVolumes without claim: ${unneeded.map(describeVolume).join(', ')}`,
  ].filter((problem) => problem !== false)
  return problems.length === 0 ? undefined : problems.join('; ')
}

/** What is left when all claims are deleted. */
export async function leftovers(ground: SoakGround, ctx: WorkContext): Promise<string | undefined> {
  const claims = await ground.client.resource(resources.persistentVolumeClaims).listAll({}, ctx)
  const volumes = await ground.client.resource(resources.persistentVolumes).listAll({}, ctx)
  const held = await ground.backend.volumes()
  const left = [
    ...claims.items.map((claim) => `claim ${keyOf(claim)}`),
    ...volumes.items.map(describeVolume),
    ...held.map((id) => `volume ${id} in the driver`),
  ]
  return left.length === 0 ? undefined : left.join(', ')
}

function describeVolume({ metadata, spec, status }: PersistentVolume): string {
  const { name, deletionTimestamp, finalizers = [] } = metadata
  const state = deletionTimestamp === undefined ? (status?.phase ?? 'without phase') : `deleted ${deletionTimestamp}`
  return `${name} of ${spec?.claimRef?.name ?? 'nobody'} (${state}, finalizers ${finalizers.join(' ') || 'none'})`
}

function isBound({ status }: PersistentVolumeClaim): boolean {
  return status?.phase === 'Bound'
}

function handleOf({ spec }: PersistentVolume): string[] {
  return spec?.csi?.driver === soakDriver ? [spec.csi.volumeHandle] : []
}
