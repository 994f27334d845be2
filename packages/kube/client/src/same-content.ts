import { parseQuantity } from '@csi-ts/kube-api'

/** Fields that the server sets, or drops, whatever is sent. */
const notCompared = new Set(['apiVersion', 'kind', 'status', 'stringData'])
const notComparedMetadata = new Set([
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'managedFields',
  'selfLink',
])

/**
 * Whether a stored object is what has become of a sent one: everything that was sent is there. The server may have added
 * fields (defaults) and list elements (finalizers), and may write quantities its own way.
 */
export function holdsContent(stored: object, sent: object): boolean {
  const { metadata = {}, ...rest } = sent as { readonly metadata?: object }
  const storedMetadata = (stored as { readonly metadata?: object }).metadata ?? {}
  return (
    Object.entries(rest).every(([name, value]) => notCompared.has(name) || holds(get(stored, name), value)) &&
    Object.entries(metadata).every(
      ([name, value]) => notComparedMetadata.has(name) || holds(get(storedMetadata, name), value),
    )
  )
}

function holds(stored: unknown, sent: unknown): boolean {
  // Null and absent are the same to the API, and empty lists and maps are not stored.
  if (sent === undefined || sent === null) return true
  if (Array.isArray(sent)) {
    const elements: readonly unknown[] = Array.isArray(stored) ? stored : []
    return sent.every((element) => elements.some((candidate) => holds(candidate, element)))
  }
  if (typeof sent === 'object') {
    const fields = typeof stored === 'object' && stored !== null ? stored : {}
    return Object.entries(sent).every(([name, value]) => holds(get(fields, name), value))
  }
  if (stored === sent) return true
  return sent === '' || sent === false || sent === 0 ? stored === undefined : isSameQuantity(stored, sent)
}

function isSameQuantity(stored: unknown, sent: unknown): boolean {
  try {
    return parseQuantity(String(stored)).compare(parseQuantity(String(sent))) === 0
  } catch {
    return false
  }
}

function get(object: object, name: string): unknown {
  return Object.hasOwn(object, name) ? (object as Readonly<Record<string, unknown>>)[name] : undefined
}
