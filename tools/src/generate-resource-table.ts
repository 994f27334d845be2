/**
 * Writes `src/generated/resource-table.ts` of kube-cluster: what the embedded API server knows about the kinds it serves.
 *
 * Sources, both inside the Go module cache: the discovery and OpenAPI documents of the `k8s.io/kubernetes` module (which
 * resources, verbs, fields, merge keys), and the struct tags of its Go types, which alone say when an empty field is left
 * out of an answer. Needs Go; a program of its own because of that. `--check` compares only.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './root.ts'

const release = '1.36.3'

/** The kinds that are served: storage, core, and the basics around them. Everything else answers 404. */
const served: Readonly<Record<string, readonly string[]>> = {
  '/v1': [
    'bindings',
    'configmaps',
    'endpoints',
    'events',
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'resourcequotas',
    'secrets',
    'serviceaccounts',
    'services',
  ],
  'apps/v1': ['controllerrevisions', 'daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  'batch/v1': ['cronjobs', 'jobs'],
  'events.k8s.io/v1': ['events'],
  'authentication.k8s.io/v1': ['selfsubjectreviews', 'tokenreviews'],
  'authorization.k8s.io/v1': ['selfsubjectaccessreviews', 'subjectaccessreviews'],
  'policy/v1': ['poddisruptionbudgets'],
  'rbac.authorization.k8s.io/v1': ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles'],
  'storage.k8s.io/v1': [
    'csidrivers',
    'csinodes',
    'csistoragecapacities',
    'storageclasses',
    'volumeattachments',
    'volumeattributesclasses',
  ],
  'apiextensions.k8s.io/v1': ['customresourcedefinitions'],
  'scheduling.k8s.io/v1': ['priorityclasses'],
  'coordination.k8s.io/v1': ['leases'],
}
/** Subresources that stream or scale are not served. */
const servedSubresources = new Set(['binding', 'ephemeralcontainers', 'eviction', 'finalize', 'status', 'token'])

interface Schema {
  readonly type?: string
  readonly format?: string
  readonly $ref?: string
  readonly allOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly default?: unknown
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-list-map-keys'?: readonly string[]
  readonly 'x-kubernetes-map-type'?: string
  readonly 'x-kubernetes-patch-merge-key'?: string
  readonly 'x-kubernetes-patch-strategy'?: string
  readonly 'x-kubernetes-group-version-kind'?: readonly {
    readonly group: string
    readonly version: string
    readonly kind: string
  }[]
}

interface DiscoveredResource {
  readonly resource: string
  readonly responseKind: { readonly kind: string; readonly group: string; readonly version: string }
  readonly scope: string
  readonly singularResource: string
  readonly shortNames?: readonly string[]
  readonly categories?: readonly string[]
  readonly verbs: readonly string[]
  readonly subresources?: readonly {
    readonly subresource: string
    readonly verbs: readonly string[]
    readonly responseKind?: { readonly kind: string; readonly group: string; readonly version: string }
  }[]
}

const moduleCache = execFileSync('go', ['env', 'GOMODCACHE'], { encoding: 'utf8' }).trim()
const kubernetes = join(moduleCache, `k8s.io/kubernetes@v${release}`)
const staging = `v0.${release.split('.').slice(1).join('.')}`
const modules = [
  `kubernetes@v${release}`,
  ...['api', 'apimachinery', 'apiextensions-apiserver'].map((name) => `${name}@${staging}`),
]
for (const module of modules.filter((each) => !existsSync(join(moduleCache, 'k8s.io', each)))) {
  execFileSync('go', ['mod', 'download', `k8s.io/${module}`], { stdio: 'inherit' })
}

const goSourceTexts = new Map<string, string>()
const schemas = new Map<string, Schema>()
for (const groupVersion of [...Object.keys(served), 'autoscaling/v1']) {
  const file = groupVersion === '/v1' ? 'api__v1' : `apis__${groupVersion.replace('/', '__')}`
  const document = readJson(`api/openapi-spec/v3/${file}_openapi.json`) as {
    components: { schemas: Record<string, Schema> }
  }
  for (const [name, schema] of Object.entries(document.components.schemas)) schemas.set(name, schema)
}

const resourceRows: string[] = []
const types = new Map<string, Record<string, string>>()
const discovery = [
  { metadata: { name: '' }, versions: readCoreVersion() },
  ...(
    readJson('api/discovery/aggregated_v2.json') as {
      items: { metadata: { name: string }; versions: { version: string; resources: DiscoveredResource[] }[] }[]
    }
  ).items,
]
for (const { metadata, versions } of discovery) {
  for (const { version, resources: discovered } of versions) {
    const wanted = served[`${metadata.name}/${version}`] ?? []
    for (const resource of discovered.filter((each) => wanted.includes(each.resource))) {
      addResource(metadata.name, version, resource)
    }
  }
}
addType('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions')

const text = `// Generated from k8s.io/kubernetes v${release} by generate-resource-table.ts. Do not edit.
import type { ResourceTable } from '../api-server/resource-table-format.ts'

export const resourceTable: ResourceTable = {
  release: '${release}',
  resources: [
${resourceRows.map((line) => `    ${line},`).join('\n')}
  ],
  types: {
${[...types]
  .toSorted(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `    ${JSON.stringify(name)}: ${JSON.stringify(fields)},`)
  .join('\n')}
  },
}
`
const output = join(root, 'packages/kube/cluster/src/generated/resource-table.ts')
if (!process.argv.includes('--check')) writeFileSync(output, text)
else if (readFileSync(output, 'utf8') !== text) {
  process.stderr.write('packages/kube/cluster/src/generated/resource-table.ts is not what npm run generate writes\n')
  process.exitCode = 1
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(join(kubernetes, path), 'utf8'))
}

/** The core group is not in the aggregated document; its resource list is of the older form. */
function readCoreVersion(): { version: string; resources: DiscoveredResource[] }[] {
  interface Row {
    name: string
    kind: string
    group?: string
    version?: string
    namespaced: boolean
    singularName: string
    shortNames?: string[]
    categories?: string[]
    verbs: string[]
  }
  const rows = (readJson('api/discovery/api__v1.json') as { resources: Row[] }).resources
  const resources = rows
    .filter(({ name }) => !name.includes('/'))
    .map((row) => ({
      resource: row.name,
      responseKind: { kind: row.kind, group: '', version: '' },
      scope: row.namespaced ? 'Namespaced' : 'Cluster',
      singularResource: row.singularName,
      ...(row.shortNames === undefined ? {} : { shortNames: row.shortNames }),
      ...(row.categories === undefined ? {} : { categories: row.categories }),
      verbs: row.verbs,
      subresources: rows
        .filter(({ name }) => name.startsWith(`${row.name}/`))
        .map((sub) => ({
          subresource: sub.name.slice(row.name.length + 1),
          verbs: sub.verbs,
          responseKind: { kind: sub.kind, group: sub.group ?? '', version: sub.version ?? '' },
        })),
    }))
  return [{ version: 'v1', resources }]
}

function addResource(group: string, version: string, resource: DiscoveredResource): void {
  const kind = resource.responseKind.kind
  const type = addType(schemaOfKind(group, version, kind))
  const subresources = (resource.subresources ?? [])
    .filter(({ subresource }) => servedSubresources.has(subresource))
    .map(({ subresource, verbs, responseKind }) => {
      const sub = {
        kind: responseKind?.kind ?? kind,
        group: responseKind?.group || group,
        version: responseKind?.version || version,
      }
      return { name: subresource, ...sub, verbs, type: addType(schemaOfKind(sub.group, sub.version, sub.kind)) }
    })
  const { resource: plural, singularResource: singular, scope, verbs, shortNames = [], categories = [] } = resource
  resourceRows.push(
    JSON.stringify({
      group,
      version,
      plural,
      singular,
      kind,
      namespaced: scope === 'Namespaced',
      verbs,
      shortNames,
      categories,
      subresources,
      type,
    }),
  )
}

function schemaOfKind(group: string, version: string, kind: string): string {
  for (const [name, schema] of schemas) {
    const kinds = schema['x-kubernetes-group-version-kind'] ?? []
    if (kinds.some((k) => k.group === group && k.version === version && k.kind === kind)) return name
  }
  throw new Error(`no schema for ${group}/${version} ${kind}`)
}

/** Adds a type and all that it refers to; returns its short name. */
function addType(schemaName: string): string {
  const name = shortName(schemaName)
  if (types.has(name)) return name
  const fields: Record<string, string> = {}
  types.set(name, fields)
  const schema = schemas.get(schemaName)
  if (schema === undefined) throw new Error(`no schema ${schemaName}`)
  const tags = goFieldsOf(schemaName)
  // The type comes first in whatever is written: lists cut it off there.
  const rank = (field: string): number => ['apiVersion', 'kind', 'metadata'].toReversed().indexOf(field)
  const properties = Object.entries(schema.properties ?? {}).toSorted(([a], [b]) => rank(b) - rank(a))
  for (const [field, property] of properties) {
    const tag = tags.get(field)
    if (tag === undefined && !['apiVersion', 'kind'].includes(field))
      throw new Error(`${schemaName}.${field} is not in the Go type`)
    const required = schema.required?.includes(field) === true ? ' required' : ''
    fields[field] = typeText(property) + presence(property, tag) + mergeRules(property) + required
  }
  return name
}

/** See `resource-table-format.ts` for the grammar. */
function typeText(schema: Schema): string {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
  if (ref !== undefined) return refText(ref.slice(ref.lastIndexOf('/') + 1), schema['x-kubernetes-map-type'])
  switch (schema.type ?? '') {
    case 'array': {
      const keys = schema['x-kubernetes-list-map-keys']
      const list = schema['x-kubernetes-list-type'] ?? 'atomic'
      return `[${list === 'map' ? (keys ?? []).join(',') : list === 'set' ? '=' : ''}]${typeText(schema.items ?? {})}`
    }
    case 'string':
      return schema.format === 'byte' ? 'bytes' : 'string'
    case 'integer':
      return schema.format === 'int32' ? 'int32' : 'int64'
    case 'number':
      return 'number'
    case 'boolean':
      return 'bool'
    case 'object':
      return schema.additionalProperties === undefined
        ? 'any'
        : `{${schema['x-kubernetes-map-type'] === 'atomic' ? '=' : ''}}${typeText(schema.additionalProperties)}`
    default:
      return 'any'
  }
}

/** @param mapType what the field says about itself: it overrides what its type says. */
function refText(schemaName: string, mapType: string | undefined): string {
  const name = schemaName.slice(schemaName.lastIndexOf('.') + 1)
  const scalars: Readonly<Record<string, string>> = {
    Quantity: 'quantity',
    Time: 'time',
    MicroTime: 'microtime',
    IntOrString: 'intorstring',
  }
  const scalar = scalars[name]
  if (scalar !== undefined) return scalar
  const schema = schemas.get(schemaName)
  if (schema?.properties === undefined) return 'any'
  return ((mapType ?? schema['x-kubernetes-map-type']) === 'atomic' ? '=' : '') + addType(schemaName)
}

/** How Go writes the field: `*` only when set (pointers), `!` always, nothing: left out when empty. */
function presence(schema: Schema, tag: GoField | undefined): string {
  if (tag === undefined) return ''
  // Go never leaves out a struct, and times, quantities and int-or-strings are structs there.
  const isStruct = /^(=?[a-z]+\/v|time$|microtime$|quantity$|intorstring$)/.test(typeText(schema))
  if (tag.pointer) return tag.omitEmpty ? '*' : '*!'
  if (isStruct) return tag.omitZero ? '*' : '!'
  return tag.omitEmpty ? '' : '!'
}

function mergeRules(schema: Schema): string {
  const strategies = schema['x-kubernetes-patch-strategy']?.split(',') ?? []
  const key = schema['x-kubernetes-patch-merge-key']
  return (
    (strategies.includes('merge') ? ` merge=${key ?? ''}` : '') +
    (strategies.includes('retainKeys') ? ' retainKeys' : '')
  )
}

interface GoField {
  readonly pointer: boolean
  readonly omitEmpty: boolean
  readonly omitZero: boolean
}

function goFieldsOf(schemaName: string): Map<string, GoField> {
  const parts = schemaName.split('.')
  const name = parts.at(-1) ?? ''
  const folder = schemaName.startsWith('io.k8s.api.')
    ? `api@${staging}/${parts.slice(3, -1).join('/')}`
    : schemaName.startsWith('io.k8s.apimachinery.')
      ? `apimachinery@${staging}/${parts.slice(3, -1).join('/')}`
      : `apiextensions-apiserver@${staging}/${parts.slice(3, -1).join('/')}`
  return goStruct(join(moduleCache, 'k8s.io', folder), name)
}

function goStruct(folder: string, name: string): Map<string, GoField> {
  const fields = new Map<string, GoField>()
  const body = goSources(folder).match(new RegExp(`^type ${name} struct \\{\\n([\\s\\S]*?)^\\}`, 'm'))?.[1]
  if (body === undefined) throw new Error(`no Go struct ${name} in ${folder}`)
  for (const line of body.split('\n')) {
    const inline = /^\t\*?(\w+)\s+`json:",inline"/.exec(line)
    if (inline?.[1] !== undefined) {
      for (const [field, tag] of goStruct(folder, inline[1])) fields.set(field, tag)
      continue
    }
    const match = /^\t(?:\w+\s+)?(\S+)\s+`.*?json:"([^",]+)(,[^"]*)?"/.exec(line)
    if (match === null) continue
    const [, type = '', field = '', options = ''] = match
    fields.set(field, {
      pointer: type.startsWith('*'),
      omitEmpty: options.includes('omitempty'),
      omitZero: options.includes('omitzero'),
    })
  }
  return fields
}

function goSources(folder: string): string {
  const known = goSourceTexts.get(folder)
  if (known !== undefined) return known
  const files = readdirSync(folder).filter(
    (file) =>
      file.endsWith('.go') && !file.includes('_test') && !file.startsWith('generated') && !file.startsWith('zz_'),
  )
  const joined = files.map((file) => readFileSync(join(folder, file), 'utf8')).join('\n')
  goSourceTexts.set(folder, joined)
  return joined
}

function shortName(schemaName: string): string {
  const parts = schemaName.split('.')
  return `${parts.at(-3)}/${parts.at(-2)}.${parts.at(-1)}`
}
