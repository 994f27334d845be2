import type { DeleteOptions, ListOptions, WriteOptions } from './client.ts'

/** What later pages of a list take from their token. */
export const pageAfter = { resourceVersion: undefined, resourceVersionMatch: undefined }

/** The query that selects objects. */
export function selection(options: ListOptions): Record<string, string | undefined> {
  return {
    labelSelector: options.labelSelector || undefined,
    fieldSelector: options.fieldSelector || undefined,
    resourceVersion: options.resourceVersion,
    resourceVersionMatch: options.resourceVersionMatch,
  }
}

/** The query of a write. */
export function writeQuery({ dryRun, fieldManager }: WriteOptions): Record<string, string | undefined> {
  return { dryRun: dryRun === true ? 'All' : undefined, fieldManager }
}

/** The body of a delete. */
export function deleteBody({ uid, resourceVersion, dryRun, ...others }: DeleteOptions): string {
  const preconditions = {
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
  }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...others,
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(dryRun === true ? { dryRun: ['All'] } : {}),
  })
}
