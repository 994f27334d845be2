import type { ObjectKey } from '@csi-ts/kube-api'
import type { WorkContext } from '@csi-ts/telemetry'

/**
 * Moves one object towards what it should be. It gets only a key and looks at the present state: it never learns which
 * change woke it, and several changes may have become one call. It is never called twice at once for one key.
 *
 * What it returns or throws decides what comes next:
 * - {@link done}: nothing, until something adds the key again; earlier failures are forgotten.
 * - {@link requeueAfter}: another call after that time; earlier failures are forgotten.
 * - it throws {@link TerminalError}: nothing, as with `done`, but it is logged and counted as an error.
 * - it throws anything else: another call after the queue's backoff.
 *
 * When `ctx.signal` has fired, whatever is thrown is taken for the end of the work and not for a failure.
 */
export interface Reconciler {
  reconcile(key: ObjectKey, ctx: WorkContext): Promise<ReconcileResult>
}

/** How a reconciliation that did not fail ended. */
export type ReconcileResult = { readonly kind: 'done' } | { readonly kind: 'requeue'; readonly afterMs: number }

/** Nothing more to do now. */
export const done: ReconcileResult = { kind: 'done' }

/** Look again after `ms`, although nothing failed. */
export function requeueAfter(ms: number): ReconcileResult {
  return { kind: 'requeue', afterMs: ms }
}

/** Trying again cannot help before the object changes. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError'
}
