import { type Clock, systemClock } from '@csi-ts/concurrency'
import { apiVersionOf, formatMicroTime, type Lease, type Referable, resources } from '@csi-ts/kube-api'
import { isNotFound, type KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** Where the lease is. */
export interface LeaseName {
  readonly namespace: string
  readonly name: string
}

/** What a lease says about who leads. */
export interface LeaderRecord {
  /** Empty: nobody. */
  readonly holder: string
  /** Whole seconds, as on the wire. */
  readonly durationSeconds: number
  /** Text of the API; only ever compared and written back. */
  readonly acquireTime: string | undefined
  readonly renewTime: string | undefined
  /** How often the holder changed. */
  readonly transitions: number
}

/** Settings of a {@link LeaseLock}. */
export interface LeaseLockOptions {
  readonly client: KubeClient
  readonly lease: LeaseName
  /** Written at every write; other labels of the lease are left as they are. */
  readonly labels?: Readonly<Record<string, string>> | undefined
  readonly clock?: Clock | undefined
}

/**
 * Reads and writes the record in a Lease. Writes are PUTs of the object as it was last seen, so that of two writers who saw
 * the same version one fails; RBAC of upstream allows get, create and update only.
 */
export class LeaseLock {
  readonly #o: LeaseLockOptions
  readonly #clock: Clock
  #last: Lease | undefined

  constructor(options: LeaseLockOptions) {
    this.#o = options
    this.#clock = options.clock ?? systemClock
  }

  /** The record, or undefined when there is no lease. */
  async get(ctx: WorkContext): Promise<LeaderRecord | undefined> {
    try {
      this.#last = await this.#leases().get(this.#o.lease, ctx)
      return recordOf(this.#last)
    } catch (error) {
      if (isNotFound(error)) return undefined
      throw error
    }
  }

  /** Creates the lease. Rejects when there is one by now. */
  async create(record: LeaderRecord, ctx: WorkContext): Promise<void> {
    const metadata = { ...this.#o.lease, ...(this.#o.labels && { labels: { ...this.#o.labels } }) }
    this.#last = await this.#leases().create({ metadata, spec: specOf(record) }, ctx)
  }

  /** Writes the record over the lease as last seen. Rejects with a conflict when somebody else wrote meanwhile. */
  async update(record: LeaderRecord, ctx: WorkContext): Promise<void> {
    const last = this.#last
    if (last === undefined) throw new Error('the lease was not read yet')
    const { labels } = this.#o
    const metadata =
      labels === undefined ? last.metadata : { ...last.metadata, labels: { ...last.metadata.labels, ...labels } }
    this.#last = await this.#leases().update({ ...last, metadata, spec: { ...last.spec, ...specOf(record) } }, ctx)
  }

  /** The lease as last seen, for events about it. */
  subject(): Referable {
    const { leases } = resources
    return { apiVersion: apiVersionOf(leases), kind: leases.kind, metadata: this.#last?.metadata ?? this.#o.lease }
  }

  /** The present moment in the lease's form. */
  now(): string {
    return formatMicroTime(this.#clock.now())
  }

  #leases() {
    return this.#o.client.resource(resources.leases)
  }
}

function recordOf({ spec }: Lease): LeaderRecord {
  return {
    holder: spec?.holderIdentity ?? '',
    durationSeconds: spec?.leaseDurationSeconds ?? 0,
    acquireTime: spec?.acquireTime,
    renewTime: spec?.renewTime,
    transitions: spec?.leaseTransitions ?? 0,
  }
}

function specOf(record: LeaderRecord): NonNullable<Lease['spec']> {
  return {
    holderIdentity: record.holder,
    leaseDurationSeconds: record.durationSeconds,
    ...(record.acquireTime !== undefined && { acquireTime: record.acquireTime }),
    ...(record.renewTime !== undefined && { renewTime: record.renewTime }),
    leaseTransitions: record.transitions,
  }
}
