import { sleep } from '@csi-ts/concurrency'
import type { FaultProxy, ProxyAction, ProxyFault } from '@csi-ts/kube-cluster'
import type { Random } from './random.ts'
import { observedResources } from './soak-objects.ts'

/** Every kind of fault of the soak; `drop` closes all connections at once. */
export const faultKinds = [
  'drop',
  'cut',
  'delay',
  'hold',
  'throttle',
  'error',
  'unavailable',
  'expired',
  'half-open',
  'slow-body',
] as const

/** A kind of fault. */
export type FaultKind = (typeof faultKinds)[number]

/** Faults that go on until they are ended. */
export interface Faults {
  /** How often each kind has met a request. */
  readonly met: ReadonlyMap<FaultKind, number>
  /** Ends all faults, also those that hold something. */
  end(): Promise<void>
}

type Match = ProxyFault['match']

/** What a kind of fault does, and to which requests. */
interface Plan {
  readonly action: ProxyAction
  readonly matches: readonly Match[]
  readonly when: readonly ProxyFault['when'][]
}

const reads: readonly Match[] = observedResources.flatMap(({ plural: resource }) => [
  { verb: 'list', resource },
  { verb: 'watch', resource },
])
/** What the observer's controller and the provisioner write. */
const writes: readonly Match[] = [
  { verb: 'create', resource: 'configmaps' },
  { verb: 'patch', resource: 'configmaps' },
  { verb: 'delete', resource: 'configmaps' },
  { verb: 'create', resource: 'persistentvolumes' },
  { verb: 'get', resource: 'persistentvolumes' },
  { verb: 'patch', resource: 'persistentvolumes' },
  { verb: 'delete', resource: 'persistentvolumes' },
  { verb: 'create', resource: 'events' },
]
const lists = reads.filter(({ verb }) => verb === 'list')
const all = [...reads, ...writes]
const either = ['before', 'after'] as const

/** How long a fault waits for a request before another takes its place, and how long it holds one. */
const patienceMs = 5_000
const holdMs = { from: 500, to: 8_000 }
const betweenMs = { from: 100, to: 900 }

/** Sets one random fault after the other, until it is ended. */
export function startFaults(proxy: FaultProxy, random: Random): Faults {
  const met = new Map<FaultKind, number>()
  const stop = new AbortController()
  const inForce = new Set<Promise<void>>()
  const count = (kind: FaultKind) => met.set(kind, (met.get(kind) ?? 0) + 1)

  async function inflict(kind: Exclude<FaultKind, 'drop'>): Promise<void> {
    const plan = planOf(kind, random)
    const [match, when, times] = [random.pick(plan.matches), random.pick(plan.when), random.between(1, 3)]
    const fault = proxy.fault({ match, when, action: plan.action, times })
    const heldMs = random.between(holdMs.from, holdMs.to)
    const reached = fault.reached.then(() => count(kind))
    await Promise.race([reached, pause(patienceMs)])
    if (plan.action.kind === 'hold' || plan.action.kind === 'half-open') await pause(heldMs)
    fault.release()
  }

  /** Resolves early when the faults are ended. */
  async function pause(ms: number): Promise<void> {
    await sleep(ms, { signal: stop.signal }).catch(() => undefined)
  }

  async function run(): Promise<void> {
    while (!stop.signal.aborted) {
      const kind = random.pick(faultKinds)
      if (kind === 'drop') {
        proxy.dropConnections()
        count(kind)
      } else {
        const fault = inflict(kind)
        inForce.add(fault)
        void fault.finally(() => inForce.delete(fault))
      }
      await pause(random.between(betweenMs.from, betweenMs.to))
    }
    await Promise.all(inForce)
  }

  const running = run()
  return {
    met,
    async end() {
      stop.abort(new Error('the faults are ended'))
      await running
      proxy.clearFaults()
    },
  }
}

function planOf(kind: Exclude<FaultKind, 'drop'>, random: Random): Plan {
  switch (kind) {
    case 'cut':
      return { action: { kind }, matches: all, when: either }
    case 'delay':
      return { action: { kind, ms: random.between(20, 2_000) }, matches: all, when: either }
    case 'hold':
      return { action: { kind }, matches: all, when: either }
    case 'throttle':
      return { action: { kind: 'fail', code: 429, retryAfterSeconds: 1 }, matches: all, when: ['before'] }
    case 'error':
      return { action: { kind: 'fail', code: 500 }, matches: all, when: either }
    case 'unavailable':
      return { action: { kind: 'fail', code: 503, retryAfterSeconds: 1 }, matches: all, when: ['before'] }
    case 'expired':
      return { action: { kind }, matches: reads, when: ['before'] }
    case 'half-open':
      return { action: { kind }, matches: all, when: either }
    case 'slow-body':
      return { action: { kind, bytes: 512, intervalMs: 5 }, matches: [...lists, ...writes], when: ['after'] }
  }
}
