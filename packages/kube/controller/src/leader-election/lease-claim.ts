import type { Clock } from '@csi-ts/concurrency'
import type { Logger, WorkContext } from '@csi-ts/telemetry'
import type { LeaderRecord, LeaseLock } from './lease-lock.ts'

/** Settings of a {@link LeaseClaim}. */
export interface LeaseClaimOptions {
  readonly lock: LeaseLock
  readonly identity: string
  readonly leaseDurationMs: number
  readonly clock: Clock
  readonly log: Logger
  /** A renewal needed a read before its write. */
  readonly onSlowPath: () => void
}

/** Part of the lease duration that a leader leaves unused: time for its work to stop before another can start. */
const safetyShare = 0.05

/**
 * What one candidate knows of a lease, and one try to get or keep it. When a lease expires is judged by when this process
 * saw it change, on the monotonic clock, never by the times that are written in it: clocks of nodes differ.
 */
export class LeaseClaim {
  readonly #o: LeaseClaimOptions
  #observed: LeaderRecord | undefined
  #observedMs = 0
  /** When the request that last made or kept the lease ours was sent: nobody can have seen our write earlier. */
  #securedMs: number | undefined

  constructor(options: LeaseClaimOptions) {
    this.#o = options
  }

  /** Whether the lease names us, expired or not. */
  isOurs(): boolean {
    return this.#observed?.holder === this.#o.identity
  }

  /** Whether the lease names somebody else. */
  isOthers(): boolean {
    const holder = this.#observed?.holder ?? ''
    return holder !== '' && holder !== this.#o.identity
  }

  /** Whether we hold the lease and nobody can have taken it yet. */
  holds(): boolean {
    return this.isOurs() && this.#o.clock.monotonicMs() < this.surelyOursUntilMs()
  }

  /** Monotonic time until which nobody else can take the lease; in the past when we do not hold it. */
  surelyOursUntilMs(): number {
    return this.#securedMs === undefined ? 0 : this.#securedMs + this.#o.leaseDurationMs * (1 - safetyShare)
  }

  /** Milliseconds since the record was last seen to change. */
  ageMs(): number {
    return this.#o.clock.monotonicMs() - this.#observedMs
  }

  /** client-go's step: renew from memory while it is ours, else read and take what is free or expired. False: somebody else's. */
  async acquireOrRenew(ctx: WorkContext): Promise<boolean> {
    const observed = this.#observed
    if (observed !== undefined && this.isOurs() && this.#isValid(observed)) {
      try {
        await this.#write((record) => this.#o.lock.update(record, ctx), observed)
        return true
      } catch (error) {
        ctx.signal.throwIfAborted()
        this.#o.onSlowPath()
        this.#o.log.v(2).info('could not renew the lease from memory, reading it', { reason: String(error) })
      }
    }
    const found = await this.#o.lock.get(ctx)
    if (found === undefined) {
      await this.#write((record) => this.#o.lock.create(record, ctx), undefined)
      return true
    }
    if (!sameRecord(found, this.#observed)) this.#observe(found)
    if (this.isOthers() && this.#isValid(found)) {
      this.#o.log.v(4).info('lease is held', { holder: found.holder })
      return false
    }
    await this.#write((record) => this.#o.lock.update(record, ctx), found)
    return true
  }

  /** Gives the lease back if it is ours. */
  async release(ctx: WorkContext): Promise<void> {
    if (!this.isOurs()) return
    const found = await this.#o.lock.get(ctx)
    if (found === undefined || found.holder !== this.#o.identity) return
    const now = this.#o.lock.now()
    const released = {
      holder: '',
      durationSeconds: 1,
      acquireTime: now,
      renewTime: now,
      transitions: found.transitions,
    }
    await this.#o.lock.update(released, ctx)
    this.#observe(released)
  }

  async #write(store: (record: LeaderRecord) => Promise<void>, before: LeaderRecord | undefined): Promise<void> {
    const now = this.#o.lock.now()
    const keeps = before?.holder === this.#o.identity
    const record: LeaderRecord = {
      holder: this.#o.identity,
      durationSeconds: Math.trunc(this.#o.leaseDurationMs / 1000),
      acquireTime: keeps ? before.acquireTime : now,
      renewTime: now,
      transitions: before === undefined ? 0 : before.transitions + (keeps ? 0 : 1),
    }
    const sentMs = this.#o.clock.monotonicMs()
    await store(record)
    this.#observe(record)
    this.#securedMs = sentMs
  }

  #observe(record: LeaderRecord): void {
    if (record.holder !== (this.#observed?.holder ?? '') && record.holder !== '') {
      this.#o.log.v(3).info('new leader', { holder: record.holder })
    }
    this.#observed = record
    this.#observedMs = this.#o.clock.monotonicMs()
    if (record.holder !== this.#o.identity) this.#securedMs = undefined
  }

  #isValid({ durationSeconds }: LeaderRecord): boolean {
    return this.#observedMs + durationSeconds * 1000 > this.#o.clock.monotonicMs()
  }
}

function sameRecord(a: LeaderRecord, b: LeaderRecord | undefined): boolean {
  return (
    b !== undefined &&
    a.holder === b.holder &&
    a.renewTime === b.renewTime &&
    a.acquireTime === b.acquireTime &&
    a.transitions === b.transitions &&
    a.durationSeconds === b.durationSeconds
  )
}
