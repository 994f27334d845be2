import type { Clock } from '@csi-ts/concurrency'
import { TokenBucket } from '../queue/token-bucket.ts'
import { LruMap } from './lru-map.ts'

/** One thing that happened. */
export interface Occurrence {
  /** Identifies the object that it happened to, its uid included. */
  readonly object: string
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
}

/** How an occurrence is to be written. */
export type Correlation =
  /** Too many for this object: not at all. */
  | { readonly kind: 'drop' }
  /** As an Event of its own, under `key`. */
  | { readonly kind: 'create'; readonly key: string; readonly message: string }
  /** As one more of the Event that was written under `key`. */
  | {
      readonly kind: 'count'
      readonly key: string
      readonly message: string
      readonly name: string
      readonly count: number
      readonly firstMs: number
    }

/** The how-manieth different message for one object, type and reason is the first that is combined with others. */
const aggregateAfter = 10
/** Quiet time that ends an aggregation. */
const aggregateWindowMs = 600_000
/** Events per object before the spam filter closes, and how fast it opens again. */
const spamBurst = 25
const spamQps = 1 / 300
/** Objects, messages and buckets that are remembered. */
const remembered = 4096

const aggregatePrefix = '(combined from similar events): '

interface Written {
  readonly name: string
  readonly count: number
  readonly firstMs: number
}

/**
 * Decides what becomes of occurrences, with client-go's rules: equal ones are counted in one Event, many that differ only in
 * their message become one, and an object that has too many gets none. Bounded in memory.
 */
export class EventCorrelator {
  readonly #clock: Clock
  readonly #similar = new LruMap<{ messages: Set<string>; lastMs: number }>(remembered)
  readonly #written = new LruMap<Written>(remembered)
  readonly #buckets = new LruMap<TokenBucket>(remembered)

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called once per occurrence; counts it. */
  correlate(occurrence: Occurrence): Correlation {
    const { object, type, reason } = occurrence
    const aggregated = this.#isAggregated(occurrence)
    const message = aggregated ? aggregatePrefix + occurrence.message : occurrence.message
    const key = JSON.stringify(aggregated ? [object, type, reason] : [object, type, reason, message])
    const written = this.#written.get(key)
    // The count goes on while the filter is closed, so that the next one that is written tells the truth.
    const counted = written && { ...written, count: written.count + 1 }
    if (counted !== undefined) this.#written.set(key, counted)
    if (this.#isSpam(object)) return { kind: 'drop' }
    return counted === undefined ? { kind: 'create', key, message } : { kind: 'count', key, message, ...counted }
  }

  /** The Event of `key` was created under that name. */
  created(key: string, name: string, firstMs: number): void {
    this.#written.set(key, { name, count: 1, firstMs })
  }

  #isAggregated({ object, type, reason, message }: Occurrence): boolean {
    const key = JSON.stringify([object, type, reason])
    const known = this.#similar.get(key)
    const nowMs = this.#clock.monotonicMs()
    const expired = known === undefined || nowMs - known.lastMs > aggregateWindowMs
    const similar = expired ? { messages: new Set<string>(), lastMs: nowMs } : known
    similar.lastMs = nowMs
    this.#similar.set(key, similar)
    if (similar.messages.has(message)) return false
    // The first nine keep events of their own.
    if (similar.messages.size >= aggregateAfter - 1) return true
    similar.messages.add(message)
    return false
  }

  #isSpam(object: string): boolean {
    const known = this.#buckets.get(object)
    const bucket = known ?? new TokenBucket({ qps: spamQps, burst: spamBurst, clock: this.#clock })
    if (known === undefined) this.#buckets.set(object, bucket)
    return !bucket.tryTake()
  }
}
