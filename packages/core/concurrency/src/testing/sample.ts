import { createBackoff, KeyedLocks, sleep, withDeadline } from '@csi-ts/concurrency'

const locks = new KeyedLocks()

/** One operation per volume at a time; each try gets ten seconds; the signal ends all of it. */
export function expandUntilDone(
  volume: string,
  expand: (attempt: AbortSignal) => Promise<bigint>,
  signal: AbortSignal,
): Promise<bigint> {
  return locks.run(
    volume,
    async () => {
      const backoff = createBackoff({ baseMs: 10, maxMs: 300_000, jitter: 0.1 })
      for (;;) {
        try {
          return await withDeadline(10_000, expand, { signal, what: `expand ${volume}` })
        } catch {
          await sleep(backoff.next(), { signal })
        }
      }
    },
    { signal },
  )
}
