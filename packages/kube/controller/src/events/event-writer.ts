import type { Clock } from '@csi-ts/concurrency'
import type { Referable } from '@csi-ts/kube-api'
import { ApiError, isAlreadyExists, type KubeClient } from '@csi-ts/kube-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** Something that happened to an object. */
export interface Happening {
  readonly regarding: Referable
  readonly type: 'Normal' | 'Warning'
  readonly reason: string
  readonly message: string
  /** What was tried; absent: the same as the reason. */
  readonly action?: string | undefined
  /** A second object that has to do with it. */
  readonly related?: Referable | undefined
}

/** An event that waits to be written. */
export interface PendingEvent {
  /** Identifies the object, across kinds and generations: events about one object are written in order. */
  readonly object: string
  readonly reason: string
  /** Writes that failed. */
  tries: number
  /** Monotonic time of the next try. */
  retryAtMs: number
  /** One try. Rejects when it failed. */
  write(ctx: WorkContext): Promise<void>
  /** It failed, and will not be tried again. */
  givenUp?(): void
}

/** Turns what happens into Events of one of the two API groups: creates them, and counts what is the same. */
export interface EventWriter {
  /** Takes note. Returns what must be written now; undefined when it is counted and written later, if at all. */
  record(happening: Happening): PendingEvent | undefined
  /** Counts that the server does not know yet and for which no write waits. */
  unwritten(): readonly PendingEvent[]
  /** Stops all timers. */
  close(): void
}

/** What every writer works with. */
export interface EventWriterOptions {
  readonly client: KubeClient
  readonly component: string
  readonly host: string
  readonly clock: Clock
}

/** Identifies the object of a reference. */
export function objectId({ apiVersion, kind, metadata: { namespace = '', name, uid = '' } }: Referable): string {
  return [apiVersion, kind, namespace, name, uid].join('/')
}

/** Where the event goes: those about cluster-scoped objects live in `default`. */
export function namespaceFor({ metadata: { namespace } }: Referable): string {
  return namespace || 'default'
}

/** Whether a failed write may work later. */
export function isWorthRetrying(error: unknown): boolean {
  return !(error instanceof ApiError) || error.code === 429 || error.code >= 500
}

/** Creates an event. False when it is there already: an earlier try has created it, and its reply was lost. */
export async function createOnce(
  { tries }: Pick<PendingEvent, 'tries'>,
  create: () => Promise<unknown>,
): Promise<boolean> {
  try {
    await create()
    return true
  } catch (error) {
    if (!isAlreadyExists(error) || tries === 0) throw error
    return false
  }
}
