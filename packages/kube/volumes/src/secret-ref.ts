import {
  ClassParameterError,
  type ClassParameters,
  deprecatedSecretKeys,
  reservedParameterPrefix,
} from './class-parameters.ts'
import { renderTemplate, SecretTemplateError, type TemplateValues } from './secret-template.ts'

/** What a secret of a class is for. */
export type SecretUse =
  | 'provisioner'
  | 'controllerPublish'
  | 'nodeStage'
  | 'nodePublish'
  | 'controllerExpand'
  | 'nodeExpand'
  | 'controllerModify'

/** Where a secret is. */
export interface SecretLocation {
  readonly name: string
  readonly namespace: string
}

/** What the templates of a class may name. */
export interface SecretSubject {
  /** `${pv.name}` */
  readonly volumeName: string
  /** `${pvc.name}`, in names only, and `${pvc.namespace}`. Absent: their tokens are unknown. */
  readonly claim?: { readonly name: string; readonly namespace: string } | undefined
  /** `${pvc.annotations['key']}`, in names only. Absent: every such token is unknown. */
  readonly claimAnnotations?: Readonly<Record<string, string>> | undefined
}

const parts: Readonly<Record<SecretUse, string>> = {
  provisioner: 'provisioner-secret',
  controllerPublish: 'controller-publish-secret',
  nodeStage: 'node-stage-secret',
  nodePublish: 'node-publish-secret',
  controllerExpand: 'controller-expand-secret',
  nodeExpand: 'node-expand-secret',
  controllerModify: 'controller-modify-secret',
}

/**
 * The secret that a class names for a use, with its templates filled in. A use without keys of its own takes the
 * class's default secret (`csi.storage.k8s.io/secret-name` and `-namespace`), when there is one.
 *
 * @throws ClassParameterError when a key is given twice, without its partner, or empty
 * @throws SecretTemplateError when a template names an unknown token or its result is not a valid name
 */
export function resolveSecretRef(
  use: SecretUse,
  parameters: ClassParameters,
  subject: SecretSubject,
): SecretLocation | undefined {
  const templates = findTemplates(parts[use], parameters) ?? findTemplates('secret', parameters)
  if (templates === undefined) return undefined

  const namespaceValues: TemplateValues = {
    'pv.name': subject.volumeName,
    ...(subject.claim === undefined ? {} : { 'pvc.namespace': subject.claim.namespace }),
  }
  const nameValues: TemplateValues = {
    ...Object.fromEntries(
      Object.entries(subject.claimAnnotations ?? {}).map(([key, value]) => [`pvc.annotations['${key}']`, value]),
    ),
    ...namespaceValues,
    ...(subject.claim === undefined ? {} : { 'pvc.name': subject.claim.name }),
  }
  return {
    namespace: fillIn(templates.namespace, namespaceValues, isDnsLabel, 'namespace name'),
    name: fillIn(templates.name, nameValues, isDnsSubdomain, 'secret name'),
  }
}

interface Template {
  readonly key: string
  readonly text: string
}

function findTemplates(part: string, parameters: ClassParameters): { name: Template; namespace: Template } | undefined {
  const name = findTemplate(`${reservedParameterPrefix}${part}-name`, parameters)
  const namespace = findTemplate(`${reservedParameterPrefix}${part}-namespace`, parameters)
  if (name === undefined && namespace === undefined) return undefined
  const given = name ?? namespace
  if (name === undefined || namespace === undefined) {
    const missing = name === undefined ? 'name' : 'namespace'
    throw new ClassParameterError(
      `parameter ${given?.key} is set without ${reservedParameterPrefix}${part}-${missing}: both must be specified`,
    )
  }
  for (const template of [name, namespace]) {
    if (template.text === '') throw new ClassParameterError(`parameter ${template.key} is empty: must name a secret`)
  }
  return { name, namespace }
}

/** A key or its deprecated spelling, not both. */
function findTemplate(key: string, parameters: ClassParameters): Template | undefined {
  const spellings = [key, ...[...deprecatedSecretKeys].filter(([, now]) => now === key).map(([old]) => old)]
  const given = spellings.flatMap((spelling) => {
    const text = parameters[spelling]
    return text === undefined ? [] : [{ key: spelling, text }]
  })
  if (given.length > 1) {
    throw new ClassParameterError(
      `parameters ${given.map((one) => one.key).join(' and ')} mean the same: use only ${key}`,
    )
  }
  return given[0]
}

function fillIn(template: Template, values: TemplateValues, isValid: (text: string) => boolean, what: string): string {
  let result: string
  try {
    result = renderTemplate(template.text, values)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SecretTemplateError(`error resolving ${template.key} ${JSON.stringify(template.text)}: ${reason}`, {
      cause: error,
    })
  }
  if (isValid(result)) return result
  const origin = result === template.text ? '' : `${JSON.stringify(template.text)} resolved to `
  throw new SecretTemplateError(
    `error resolving ${template.key}: ${origin}${JSON.stringify(result)} which is not a valid ${what}`,
  )
}

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

/** RFC 1123 label, as namespaces are named. */
function isDnsLabel(text: string): boolean {
  return text.length <= 63 && label.test(text)
}

/** RFC 1123 subdomain, as secrets are named. */
function isDnsSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every((part) => label.test(part))
}
