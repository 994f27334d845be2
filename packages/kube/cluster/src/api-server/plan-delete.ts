import { type ApiObject, cloneJson } from './json-record.ts'
import type { Strategy } from './strategies/strategy.ts'

/** What a delete asks for. */
export interface DeleteRequest {
  /** Undefined: what the object says. Negative: one second. */
  readonly gracePeriodSeconds: number | undefined
  /** `''`: as the object's finalizers are. */
  readonly propagationPolicy: string
  /** Time of the request, in whole seconds. */
  readonly nowMs: number
}

/** What a delete does to an object. */
export type DeletePlan =
  /** It is being deleted already, and this request does not shorten that. */
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'remove' }
  /** It is written with its deletion time first; `thenRemove`: and then goes at once, as pods without a grace period do. */
  | { readonly kind: 'mark'; readonly next: ApiObject; readonly thenRemove: boolean }

const garbageCollectionFinalizers = ['foregroundDeletion', 'orphan']

/** Decides what a delete does, by the rules of the real server's generic registry. */
export function planDelete(object: ApiObject, request: DeleteRequest, strategy: Strategy): DeletePlan {
  const next = cloneJson(object)
  if (strategy.markDeleted?.(next, { now: timeText(request.nowMs) }) === true) {
    if (object.metadata.deletionTimestamp !== undefined) return { kind: 'unchanged' }
    next.metadata.deletionTimestamp = timeText(request.nowMs)
    return { kind: 'mark', next, thenRemove: false }
  }
  const grace = planGrace(next, request, strategy)
  if (grace === 'pending') return { kind: 'unchanged' }
  const finalizers = finalizersFor(next, request.propagationPolicy)
  if (finalizers.length === 0) delete next.metadata.finalizers
  else next.metadata.finalizers = finalizers
  if (grace !== 'none') return { kind: 'mark', next, thenRemove: grace === 0 && finalizers.length === 0 }
  if (finalizers.length === 0) return { kind: 'remove' }
  markDeleting(next, request.nowMs)
  const isSame = JSON.stringify(next) === JSON.stringify(object)
  return isSame ? { kind: 'unchanged' } : { kind: 'mark', next, thenRemove: false }
}

/** Sets the deletion time of an object that goes gracefully; answers with the seconds that it has. */
function planGrace(object: ApiObject, request: DeleteRequest, strategy: Strategy): number | 'none' | 'pending' {
  if (strategy.gracePeriodSeconds === undefined) return 'none'
  const requested = request.gracePeriodSeconds
  const { metadata } = object
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = metadata
  if (deletionTimestamp !== undefined) {
    if (deletionGracePeriodSeconds === 0) return 'none'
    if (requested === undefined || requested >= deletionGracePeriodSeconds) return 'pending'
    const startedMs = Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000
    const deadlineMs = startedMs + requested * 1000
    const isOver = deadlineMs < request.nowMs
    // A grace period that has passed already still leaves the last delete to whoever ends the object.
    const seconds = isOver && requested !== 0 ? 1 : requested
    metadata.deletionTimestamp = timeText(isOver ? request.nowMs : deadlineMs)
    metadata.deletionGracePeriodSeconds = seconds
    return seconds
  }
  const seconds = strategy.gracePeriodSeconds(object, requested)
  metadata.deletionTimestamp = timeText(request.nowMs + seconds * 1000)
  metadata.deletionGracePeriodSeconds = seconds
  if (metadata.generation !== undefined) metadata.generation += 1
  return seconds
}

/** Sets the deletion time of an object that only waits for its finalizers. */
function markDeleting({ metadata }: ApiObject, nowMs: number): void {
  if (metadata.deletionGracePeriodSeconds === undefined && metadata.generation !== undefined) metadata.generation += 1
  const before = metadata.deletionTimestamp
  if (before === undefined || Date.parse(before) > nowMs) metadata.deletionTimestamp = timeText(nowMs)
  metadata.deletionGracePeriodSeconds = 0
}

/** `Foreground` and `Orphan` wait for a garbage collector, through a finalizer that it removes. */
function finalizersFor({ metadata }: ApiObject, propagationPolicy: string): string[] {
  const kept = metadata.finalizers ?? []
  const others = kept.filter((finalizer) => !garbageCollectionFinalizers.includes(finalizer))
  switch (propagationPolicy) {
    case 'Foreground':
      return [...others, 'foregroundDeletion']
    case 'Orphan':
      return [...others, 'orphan']
    case 'Background':
      return others
    default:
      return [...kept]
  }
}

function timeText(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19)}Z`
}
