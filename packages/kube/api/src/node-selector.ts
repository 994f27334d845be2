import type { LabelRequirement } from './label-selector.ts'
import { matchesLabels } from './label-selector.ts'

/** A term of a node selector; cached ones fit. */
export interface NodeTerm {
  readonly matchExpressions?: readonly NodeRequirement[] | undefined
  readonly matchFields?: readonly NodeRequirement[] | undefined
}

/** One condition of a term. */
export interface NodeRequirement {
  readonly key: string
  /** In, NotIn, Exists, DoesNotExist, Gt or Lt. */
  readonly operator: string
  readonly values?: readonly string[] | undefined
}

/**
 * Whether a node satisfies one of the terms, as the scheduler judges `nodeSelectorTerms` of volumes and pods: within a term
 * everything must hold, an empty term matches no node, and no terms at all match none. `name` is for `matchFields`, whose
 * only field is `metadata.name`.
 */
export function matchesNodeSelectorTerms(
  terms: readonly NodeTerm[],
  labels: Readonly<Record<string, string>>,
  name?: string,
): boolean {
  return terms.some(({ matchExpressions = [], matchFields = [] }) => {
    if (matchExpressions.length + matchFields.length === 0) return false
    const fields = name === undefined ? {} : { 'metadata.name': name }
    return holdAll(matchExpressions, labels) && holdAll(matchFields, fields)
  })
}

function holdAll(requirements: readonly NodeRequirement[], values: Readonly<Record<string, string>>): boolean {
  return requirements.every(({ key, operator, values: wanted = [] }) => {
    // The scheduler treats a term that it cannot read as one that matches nothing.
    if (!isOperator(operator)) return false
    return matchesLabels([{ key, operator, values: wanted }], values)
  })
}

function isOperator(text: string): text is LabelRequirement['operator'] {
  return ['In', 'NotIn', 'Exists', 'DoesNotExist', 'Gt', 'Lt'].includes(text)
}
