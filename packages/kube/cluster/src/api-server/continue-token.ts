import { badRequest } from './status-error.ts'

/** Where a paged list goes on: at a key, as of a revision (-1: with what is there then). */
export interface ContinueToken {
  readonly revision: number
  readonly fromKey: string
}

/** The token of the next page. Opaque to clients; the form is the real server's. */
export function encodeContinue(revision: number, fromKey: string): string {
  return Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv: revision, start: fromKey })).toString('base64url')
}

/** Reads a token. Throws StatusError 400 when it is none. */
export function decodeContinue(token: string): ContinueToken {
  const { v, rv, start } = parse(token)
  if (v !== 'meta.k8s.io/v1' || typeof rv !== 'number' || rv === 0 || typeof start !== 'string' || start === '') {
    throw notValid()
  }
  return { revision: rv, fromKey: start }
}

function parse(token: string): { readonly v?: unknown; readonly rv?: unknown; readonly start?: unknown } {
  try {
    return JSON.parse(Buffer.from(token, 'base64url').toString('utf8')) as object
  } catch {
    throw notValid()
  }
}

function notValid(): Error {
  return badRequest('invalid continue token: continue key is not valid')
}
