import { type FieldRequirement, type LabelRequirement, parseFieldSelector, parseLabelSelector } from '@csi-ts/kube-api'
import { type FieldError, forbiddenField, notSupported } from './field-error.ts'
import { isTrue } from './request-route.ts'
import { badRequest, invalid } from './status-error.ts'

/** The query of a list or watch request, checked. */
export interface ListOptions {
  readonly labels: readonly LabelRequirement[]
  readonly fields: readonly FieldRequirement[]
  /** 0: no limit. */
  readonly limit: number
  readonly continueToken: string
  /** Undefined: not given. */
  readonly resourceVersion: number | undefined
  readonly match: '' | 'Exact' | 'NotOlderThan'
  readonly allowBookmarks: boolean
  readonly sendInitialEvents: boolean | undefined
  readonly timeoutSeconds: number | undefined
}

/**
 * Parses the query of a list or watch.
 *
 * @throws StatusError 400 for what cannot be read, 422 for combinations that are not allowed.
 */
export function parseListOptions(query: URLSearchParams, isWatch: boolean): ListOptions {
  const text = (name: string) => query.get(name) ?? ''
  const match = text('resourceVersionMatch')
  const sendInitialEvents = query.get('sendInitialEvents')
  const errors = combinationErrors(query, isWatch)
  if (errors.length > 0) throw invalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
  return {
    labels: readable(() => parseLabelSelector(text('labelSelector')), 'unable to parse requirement'),
    fields: readable(() => parseFieldSelector(text('fieldSelector')), 'invalid selector'),
    limit: parseCount(text('limit')),
    continueToken: text('continue'),
    resourceVersion: parseResourceVersion(text('resourceVersion')),
    match: match as ListOptions['match'],
    allowBookmarks: isTrue(query.get('allowWatchBookmarks')),
    sendInitialEvents: sendInitialEvents === null ? undefined : isTrue(sendInitialEvents),
    timeoutSeconds: text('timeoutSeconds') === '' ? undefined : parseCount(text('timeoutSeconds')),
  }
}

/** A resource version of a query: undefined when it is not given. Throws StatusError 400 when it is no number. */
export function parseResourceVersion(text: string): number | undefined {
  if (text === '') return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const why = `strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`
  throw badRequest(`invalid resource version: resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`)
}

function combinationErrors(query: URLSearchParams, isWatch: boolean): FieldError[] {
  const match = query.get('resourceVersionMatch') ?? ''
  const resourceVersion = query.get('resourceVersion') ?? ''
  const hasContinue = (query.get('continue') ?? '') !== ''
  const hasInitialEvents = query.get('sendInitialEvents') !== null
  const field = 'resourceVersionMatch'
  const errors: FieldError[] = []
  const refuse = (when: boolean, error: FieldError) => when && errors.push(error)
  if (isWatch) {
    const needsMatch = hasInitialEvents && match !== 'NotOlderThan'
    refuse(needsMatch, forbiddenField(field, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
    if (match !== '') {
      const why = 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'
      refuse(!hasInitialEvents, forbiddenField(field, why))
      refuse(match !== 'NotOlderThan', notSupported(field, match, ['NotOlderThan']))
      refuse(hasContinue, forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided'))
    }
    return errors
  }
  if (match !== '') {
    const why = 'resourceVersionMatch is forbidden unless resourceVersion is provided'
    refuse(resourceVersion === '', forbiddenField(field, why))
    refuse(hasContinue, forbiddenField(field, 'resourceVersionMatch is forbidden when continue is provided'))
    refuse(!['Exact', 'NotOlderThan'].includes(match), notSupported(field, match, ['Exact', 'NotOlderThan', '']))
    const isExactZero = match === 'Exact' && resourceVersion === '0'
    refuse(isExactZero, forbiddenField(field, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
  }
  refuse(hasInitialEvents, forbiddenField('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return errors
}

function parseCount(text: string): number {
  if (text === '') return 0
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Math.max(0, Number(text))
}

function readable<T>(parse: () => T, what: string): T {
  try {
    return parse()
  } catch (error) {
    throw badRequest(`${what}: ${(error as Error).message}`)
  }
}
