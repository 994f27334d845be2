import type { FieldText, ResourceTable } from './resource-table-format.ts'

/** Leaves of an object. `any` is free-form JSON. */
export type ScalarName =
  | 'string'
  | 'int32'
  | 'int64'
  | 'number'
  | 'bool'
  | 'bytes'
  | 'quantity'
  | 'time'
  | 'microtime'
  | 'intorstring'
  | 'any'

/** The shape of a value: what decoding, patches and field ownership go by. */
export type FieldSchema =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName }
  /** `atomic`: replaced as a whole. `set`: of scalars. `map`: of objects that the keys identify. */
  | {
      readonly kind: 'list'
      readonly list: 'atomic' | 'set' | 'map'
      readonly keys: readonly string[]
      readonly item: FieldSchema
    }
  | { readonly kind: 'map'; readonly atomic: boolean; readonly value: FieldSchema }
  | {
      readonly kind: 'struct'
      readonly name: string
      readonly atomic: boolean
      readonly fields: ReadonlyMap<string, Field>
    }

/** One field of a struct. */
export interface Field {
  readonly schema: FieldSchema
  /** See {@link FieldText}: left out when empty, written when set, always written, written as null when not set. */
  readonly presence: 'omit-empty' | 'when-set' | 'always' | 'nullable'
  /** Strategic merge of lists: the key of list items, `''` for lists of scalars. Absent: the list is replaced. */
  readonly mergeKey?: string
  /** Strategic merge: fields that the patch's `$retainKeys` does not name are removed. */
  readonly retainKeys?: true
  /** OpenAPI lists the field as required. For documents only: strategies check what an object must have. */
  readonly required?: true
}

/** The schema of free-form JSON. */
export const anything: FieldSchema = { kind: 'scalar', scalar: 'any' }

/** Creates a parser of the table's types. They are parsed when they are first asked for, and shared between kinds. */
export function createParser(types: ResourceTable['types']): { struct(name: string, atomic: boolean): FieldSchema } {
  const known = new Map<string, FieldSchema>()

  function struct(name: string, atomic: boolean): FieldSchema {
    const key = atomic ? `=${name}` : name
    const found = known.get(key)
    if (found !== undefined) return found
    const rows = types[name]
    if (rows === undefined) throw new Error(`the resource table has no type ${name}`)
    let fields: ReadonlyMap<string, Field> | undefined
    const schema: FieldSchema = {
      kind: 'struct',
      name,
      atomic,
      get fields() {
        fields ??= new Map(Object.entries(rows).map(([field, text]) => [field, parseField(text)]))
        return fields
      },
    }
    known.set(key, schema)
    return schema
  }

  function parseField(text: FieldText): Field {
    const [head = '', ...rules] = text.split(' ')
    const type = head.replace(/[*!]+$/, '')
    const mark = head.slice(type.length)
    const merge = rules.find((rule) => rule.startsWith('merge='))
    return {
      schema: parseType(type),
      presence: mark === '*' ? 'when-set' : mark === '!' ? 'always' : mark === '*!' ? 'nullable' : 'omit-empty',
      ...(merge === undefined ? {} : { mergeKey: merge.slice('merge='.length) }),
      ...(rules.includes('retainKeys') ? { retainKeys: true } : {}),
      ...(rules.includes('required') ? { required: true } : {}),
    }
  }

  function parseType(text: string): FieldSchema {
    const list = /^\[([^\]]*)\](.+)$/.exec(text)
    if (list !== null) {
      const [, rule = '', item = ''] = list
      const kind = rule === '' ? 'atomic' : rule === '=' ? 'set' : 'map'
      return { kind: 'list', list: kind, keys: kind === 'map' ? rule.split(',') : [], item: parseType(item) }
    }
    const map = /^\{(=?)\}(.+)$/.exec(text)
    if (map !== null) return { kind: 'map', atomic: map[1] === '=', value: parseType(map[2] ?? '') }
    if (!text.includes('/')) return { kind: 'scalar', scalar: text as ScalarName }
    return text.startsWith('=') ? struct(text.slice(1), true) : struct(text, false)
  }

  return { struct }
}
