import { StatusError } from './status-error.ts'

/** The form in which a client wants objects. */
export type View = 'object' | 'metadata' | 'table'

/**
 * Chooses the first form of an Accept header that the server has: JSON objects, `as=PartialObjectMetadata` or
 * `as=Table`. Protobuf and CBOR are skipped: clients that prefer them name JSON as well.
 *
 * @throws StatusError 406 when nothing fits.
 */
export function parseView(accept: string): View {
  if (accept === '') return 'object'
  for (const entry of accept.split(',')) {
    const [media = '', ...parameters] = entry.split(';').map((part) => part.trim())
    if (!['application/json', '*/*', 'application/*'].includes(media)) continue
    const as = parameters.find((parameter) => parameter.startsWith('as='))?.slice('as='.length)
    if (as === undefined) return 'object'
    if (as === 'Table') return 'table'
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return 'metadata'
  }
  throw new StatusError(406, 'NotAcceptable', '406: Not Acceptable\n\nAvailable representations: application/json', {})
}
