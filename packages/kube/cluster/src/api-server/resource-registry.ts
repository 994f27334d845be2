import { resourceTable } from '../generated/resource-table.ts'
import { canonicalize } from './canonical-form.ts'
import { createParser, type FieldSchema } from './field-schema.ts'
import type { ApiObject } from './json-record.ts'
import type { Verb } from './request-route.ts'
import type { Codec, ServedResource, ServedSubresource } from './served-resource.ts'
import { eventsV1Codec } from './strategies/events-v1.ts'
import { strategies } from './strategies/index.ts'
import type { Strategy } from './strategies/strategy.ts'

/** The resources that the server answers for now. Custom resources come and go. */
export class ResourceRegistry {
  readonly #resources = new Map<string, ServedResource>()

  constructor() {
    for (const resource of builtInResources()) this.add(resource)
  }

  find(group: string, version: string, plural: string): ServedResource | undefined {
    return this.#resources.get(`${group}/${version}/${plural}`)
  }

  /** All resources, built-in ones first, in the order that discovery shows them. */
  all(): readonly ServedResource[] {
    return [...this.#resources.values()]
  }

  add(resource: ServedResource): void {
    this.#resources.set(`${resource.group}/${resource.version}/${resource.plural}`, resource)
  }

  remove({ group, version, plural }: ServedResource): void {
    this.#resources.delete(`${group}/${version}/${plural}`)
  }
}

function builtInResources(): ServedResource[] {
  const parser = createParser(resourceTable.types)
  return resourceTable.resources.map((row) => {
    const schema = parser.struct(row.type, false)
    const strategy: Strategy = strategies[`${row.group}/${row.plural}`] ?? {}
    const resource = {
      ...row,
      listKind: `${row.kind}List`,
      verbs: new Set(row.verbs as Verb[]),
      subresources: new Map(
        row.subresources.map((sub): [string, ServedSubresource] => [
          sub.name,
          { ...sub, verbs: new Set(sub.verbs as Verb[]), schema: parser.struct(sub.type, false) },
        ]),
      ),
      schema,
      strategy,
      codec: plainCodec(schema, strategy),
      collection: `${row.group}/${row.plural}`,
    }
    if (row.group !== 'events.k8s.io') return resource
    // Both groups show the same events; what is stored is the core form.
    const core = plainCodec(parser.struct('core/v1.Event', false), strategy)
    const storedType = { group: '', kind: row.kind }
    return { ...resource, codec: eventsV1Codec(resource.codec, core), collection: '/events', storedType }
  })
}

/** Stored as it is written. */
function plainCodec(schema: FieldSchema, strategy: Strategy): Codec {
  return {
    decode(body, unknownFields) {
      const object = canonicalize(body, schema, unknownFields) as ApiObject
      strategy.defaults?.(object)
      return object
    },
    encode: (stored) => stored,
  }
}
