import { type ApiAnswer, type ApiCall, jsonAnswer } from './api-call.ts'
import type { Collection, StoredObject } from './collection.ts'
import { decodeContinue, encodeContinue } from './continue-token.ts'
import { encodeListItem, storedAnswer } from './encode-object.ts'
import { type ListOptions, parseListOptions, parseResourceVersion } from './list-options.ts'
import { storeKey, storePrefix } from './object-key.ts'
import { createSelection, type Selection } from './selection.ts'
import { groupVersionOf } from './served-resource.ts'
import { expired, notFound, resourceVersionTooLarge } from './status-error.ts'
import { tableHead } from './tables/table.ts'

/** The object that a request names. Throws StatusError 404. */
export function storedObject({ state, resource, route }: ApiCall): StoredObject {
  const stored = state.store.collection(resource.collection).get(storeKey(route.namespace, route.name))
  if (stored === undefined) throw notFound(resource, route.name)
  return stored
}

/** GET of one object. */
export function getObject(call: ApiCall): ApiAnswer {
  const revision = parseResourceVersion(call.query.get('resourceVersion') ?? '')
  if (revision !== undefined && revision > call.state.store.revision)
    throw resourceVersionTooLarge(revision, call.state.store.revision)
  return storedAnswer(call, 200, storedObject(call))
}

/** GET of a collection: the newest state, or a page of the state at one revision. */
export function listObjects(call: ApiCall): ApiAnswer {
  const { state, resource, route, view } = call
  const options = parseListOptions(call.query, false)
  const selection = createSelection(resource, options.labels, options.fields)
  const page = selectPage(
    state.store.collection(resource.collection),
    state.store.revision,
    options,
    route.namespace,
    selection,
  )
  const isFiltered = options.labels.length > 0 || options.fields.length > 0
  const metadata = {
    resourceVersion: String(page.revision),
    ...continueOf(page, resource.isCustom === true),
    ...(page.nextKey === undefined || isFiltered ? {} : { remainingItemCount: page.remaining }),
  }
  const items = page.items.map((stored) => encodeListItem(stored, call)).join(',')
  switch (view) {
    case 'object': {
      const head = { kind: resource.listKind, apiVersion: groupVersionOf(resource), metadata }
      return jsonAnswer(200, `${JSON.stringify(head).slice(0, -1)},"items":[${items}]}`)
    }
    case 'metadata': {
      const head = { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata }
      return jsonAnswer(200, `${JSON.stringify(head).slice(0, -1)},"items":[${items}]}`)
    }
    case 'table':
      return jsonAnswer(200, `${JSON.stringify(tableHead(resource, metadata)).slice(0, -1)},"rows":[${items}]}`)
  }
}

/** Lists of custom resources have the field on their last page, too. */
function continueOf({ nextKey, revision }: Page, isCustom: boolean): { readonly continue?: string } {
  if (nextKey !== undefined) return { continue: encodeContinue(revision, nextKey) }
  return isCustom ? { continue: '' } : {}
}

interface Page {
  readonly items: readonly StoredObject[]
  readonly revision: number
  /** Where the next page starts; undefined on the last one. */
  readonly nextKey: string | undefined
  readonly remaining: number
}

function selectPage(
  collection: Collection,
  newest: number,
  options: ListOptions,
  namespace: string,
  selection: Selection,
): Page {
  const prefix = storePrefix(namespace)
  const start = startOf(options, newest)
  const range = collection.rangeAt(start.revision, prefix, start.fromKey ?? prefix)
  if (range === undefined) throw tooOld(options, start.fromKey)
  const items: StoredObject[] = []
  let nextKey: string | undefined
  let remaining = 0
  // "0" is answered from a cache that knows no limit.
  const limit = options.resourceVersion === 0 ? 0 : options.limit
  for (const stored of range) {
    if (limit > 0 && items.length >= limit) {
      nextKey ??= stored.key
      remaining += 1
    } else if (selection(stored.object)) items.push(stored)
  }
  return { items, revision: start.revision, nextKey, remaining }
}

function startOf(options: ListOptions, newest: number): { readonly revision: number; readonly fromKey?: string } {
  if (options.continueToken !== '') {
    const { revision, fromKey } = decodeContinue(options.continueToken)
    // A negative revision goes on inconsistently, with what is there now.
    return { revision: revision < 0 ? newest : revision, fromKey }
  }
  const asked = options.resourceVersion ?? 0
  if (asked > newest) throw resourceVersionTooLarge(asked, newest)
  const isExact = options.match === 'Exact' || (options.match === '' && options.limit > 0 && asked > 0)
  return { revision: isExact ? asked : newest }
}

/** 410; with the token to go on with, inconsistently, when a later page has become too old. */
function tooOld(options: ListOptions, fromKey: string | undefined): Error {
  if (options.continueToken === '' || fromKey === undefined) {
    return expired('The resourceVersion for the provided list is too old.')
  }
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.'
  return expired(message, encodeContinue(-1, fromKey))
}
