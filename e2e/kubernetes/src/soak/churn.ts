import { sleep } from '@csi-ts/concurrency'
import { type KubeObject, type ObjectRef, type ResourceType, resources } from '@csi-ts/kube-api'
import { isNotFound, type KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'
import type { Random } from './random.ts'
import { soakClass, soakNamespace } from './soak-objects.ts'

/** Objects that come, change and go. */
export interface Churn {
  /** How many operations so far. */
  readonly operations: number
  /** Names of what should be there now. */
  readonly names: ReadonlySet<string>
  /** Ends it, between two operations. */
  end(): Promise<void>
}

/** One kind of object under churn. */
interface ChurnKind<T extends KubeObject> {
  readonly type: ResourceType<T>
  /** An object, or the part of it that changes. */
  body(value: string): object
  /** Most that are there at once. */
  readonly most: number
  /** Pause between two operations. */
  readonly pauseMs: number
  /** Objects of this kind cannot be changed. */
  readonly isFixed?: true
}

const kinds: readonly ChurnKind<KubeObject>[] = [
  { type: resources.configMaps, body: (value) => ({ data: { value } }), most: 60, pauseMs: 60 },
  { type: resources.secrets, body: (value) => ({ stringData: { value } }), most: 100, pauseMs: 30 },
  { type: resources.leases, body: (value) => ({ spec: { holderIdentity: value } }), most: 100, pauseMs: 30 },
  {
    type: resources.persistentVolumeClaims,
    body: () => ({
      spec: {
        storageClassName: soakClass,
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '1Mi' } },
      },
    }),
    most: 30,
    pauseMs: 250,
    isFixed: true,
  },
]

const steps = ['create', 'create', 'change', 'change', 'delete'] as const
const fixedSteps = ['create', 'create', 'delete'] as const

/** Starts the churn of every kind, straight at the API server. A request that fails ends the soak. */
export function startChurn(client: KubeClient, random: Random, ctx: WorkContext): ReadonlyMap<string, Churn> {
  return new Map(kinds.map((kind) => [kind.type.plural, churnOf(kind, client, random, ctx)]))
}

function churnOf(kind: ChurnKind<KubeObject>, client: KubeClient, random: Random, ctx: WorkContext): Churn {
  const objects = client.resource(kind.type)
  const names = new Set<string>()
  const stop = new AbortController()
  let operations = 0
  let created = 0

  async function step(): Promise<void> {
    const value = `${operations}`
    const wish = random.pick(kind.isFixed === true ? fixedSteps : steps)
    // At most so many are there, and at least one before anything can be done with it.
    const choice = names.size === 0 ? 'create' : wish === 'create' && names.size >= kind.most ? 'delete' : wish
    if (choice === 'create') {
      const name = `${kind.type.plural}-${created++}`
      await objects.create({ metadata: { name, namespace: soakNamespace }, ...kind.body(value) }, ctx)
      names.add(name)
      return
    }
    const name = random.pick([...names])
    const ref: ObjectRef = { name, namespace: soakNamespace }
    if (choice === 'change') {
      await objects.patch(ref, { type: 'merge', body: kind.body(value) }, ctx)
      return
    }
    names.delete(name)
    await objects.delete(ref, ctx).catch((error: unknown) => {
      if (!isNotFound(error)) throw error
    })
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      await step()
      operations += 1
      await sleep(random.between(1, 2 * kind.pauseMs), { signal: stop.signal }).catch(() => undefined)
    }
  }

  const running = run()
  running.catch(() => undefined) // told by end()
  return {
    get operations() {
      return operations
    },
    names,
    async end() {
      stop.abort(new Error('the churn is ended'))
      await running
    },
  }
}
