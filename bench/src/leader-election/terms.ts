/** One act of somebody who took himself for the leader. */
export interface Act {
  /** Who. */
  readonly candidate: string
  /** Counts the times that he was elected. */
  readonly term: number
  /** On the clock that all share. */
  readonly atMs: number
  /** He asked the elector at this moment; false when he went by a signal alone that had not fired yet. */
  readonly holds: boolean
}

/** From the first to the last act of one term of a candidate. */
export interface Term {
  readonly candidate: string
  readonly firstMs: number
  readonly lastMs: number
}

/** The terms that acts make up, in the order of their first acts. */
export function termsOf(acts: readonly Act[]): Term[] {
  const terms = new Map<string, Term>()
  for (const { candidate, term, atMs } of acts) {
    const key = `${candidate} ${term}`
    const known = terms.get(key) ?? { candidate, firstMs: atMs, lastMs: atMs }
    terms.set(key, { candidate, firstMs: Math.min(known.firstMs, atMs), lastMs: Math.max(known.lastMs, atMs) })
  }
  return [...terms.values()].toSorted((a, b) => a.firstMs - b.firstMs)
}

/** Pairs of terms of different candidates that have a moment in common: two leaders at once. */
export function overlaps(terms: readonly Term[]): (readonly [Term, Term])[] {
  const found: (readonly [Term, Term])[] = []
  for (const [index, earlier] of terms.entries()) {
    for (const later of terms.slice(index + 1)) {
      if (later.firstMs > earlier.lastMs) break
      if (later.candidate !== earlier.candidate) found.push([earlier, later])
    }
  }
  return found
}

/** The most acts that anybody did in one term after he no longer held the lease, because nothing had told him yet. */
export function mostUnheldActs(acts: readonly Act[]): number {
  const counts = new Map<string, number>([['', 0]])
  for (const { candidate, term, holds } of acts) {
    const key = `${candidate} ${term}`
    if (!holds) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return Math.max(...counts.values())
}
