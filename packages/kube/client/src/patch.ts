/** One step of a JSON patch (RFC 6902). */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly from: string; readonly path: string }

/**
 * A change to an object. `merge`: RFC 7386, null removes, lists are replaced. `strategic`: lists are merged by their keys
 * (built-in resources only). `apply`: server-side apply; needs a field manager. `json`: RFC 6902.
 */
export type Patch =
  | { readonly type: 'merge' | 'strategic' | 'apply'; readonly body: object }
  | { readonly type: 'json'; readonly body: readonly JsonPatchOperation[] }

/** The media type that tells the server how to read the patch. */
export function patchContentType(type: Patch['type']): string {
  switch (type) {
    case 'merge':
      return 'application/merge-patch+json'
    case 'strategic':
      return 'application/strategic-merge-patch+json'
    case 'apply':
      // JSON is YAML.
      return 'application/apply-patch+yaml'
    case 'json':
      return 'application/json-patch+json'
  }
}

/** A part of a JSON pointer: `~` and `/` escaped, as annotation names in paths need. */
export function escapeJsonPointer(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1')
}

/**
 * Whether carrying the patch out twice is the same as once: not for JSON patches (an index may name another element by
 * then), nor when it holds a resourceVersion (the second would be a conflict).
 */
export function isRepeatable(patch: Patch): boolean {
  if (patch.type === 'json') return false
  const { metadata } = patch.body as { readonly metadata?: { readonly resourceVersion?: unknown } }
  return metadata?.resourceVersion === undefined
}
