import { Code, CsiError } from '@csi-ts/csi-rpc'

/** One page of a list. */
export interface Page<T> {
  readonly entries: readonly T[]
  /** Empty on the last page. */
  readonly nextToken: string
}

/** The paging fields of a List request. */
export interface PageRequest {
  readonly startingToken: string
  /** 0: no limit. */
  readonly maxEntries: number
}

/**
 * One page of `items` in the order of their ids. The token is the id after which the next page starts, so that what is
 * created or deleted between two pages neither repeats nor hides anything else.
 * @throws CsiError Aborted for a token that no page has given out
 */
export function paginate<T>(items: Iterable<T>, request: PageRequest, idOf: (item: T) => string): Page<T> {
  const after = parseToken(request.startingToken)
  const rest = [...items]
    .filter((item) => after === undefined || idOf(item) > after)
    .toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  const entries = request.maxEntries === 0 ? rest : rest.slice(0, request.maxEntries)
  const last = entries.at(-1)
  const isLastPage = entries.length === rest.length || last === undefined
  return { entries, nextToken: isLastPage ? '' : `${mark}${idOf(last)}` }
}

/** Tells our tokens from others'; one byte, as a token should not be much longer than an id. */
const mark = '>'

function parseToken(token: string): string | undefined {
  if (token === '') return undefined
  if (!token.startsWith(mark)) throw new CsiError(Code.Aborted, `starting_token ${JSON.stringify(token)} is not valid`)
  return token.slice(mark.length)
}
