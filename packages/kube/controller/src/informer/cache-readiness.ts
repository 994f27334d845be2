import type { Informers } from './informers.ts'

/**
 * Whether all caches are filled: what to answer at `/readyz`. The message names those that are not, and what keeps them. A process
 * whose watches fail later stays ready: it works with what it knows.
 */
export function cacheReadiness(informers: Pick<Informers, 'status'>): {
  readonly ok: boolean
  readonly message: string
} {
  const waiting = informers
    .status()
    .filter(({ synced }) => !synced)
    .map(({ resource, failures, lastError }) => (failures === 0 ? resource : `${resource} (${String(lastError)})`))
  return waiting.length === 0
    ? { ok: true, message: 'ok' }
    : { ok: false, message: `not read yet: ${waiting.join(', ')}` }
}
