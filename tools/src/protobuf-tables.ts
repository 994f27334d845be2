import { type DescMessage, type FileRegistry, getOption, type Registry } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'

/**
 * What generated messages do not carry at run time, as one module: secret fields, types of fields and methods, names of
 * enum values. Kept as plain tables because descriptors would cost every bundle 70 kB.
 */
export function protobufTables(registry: FileRegistry, protocols: readonly string[]): string {
  const files = protocols.map((name) => registry.getFile(name) ?? fail(name))
  const types = files.flatMap((file) => [...nestedTypes(file)])
  // Messages of other files that ours use: wrappers and timestamps have neither secrets nor enums.
  const messages = types.filter((type) => type.kind === 'message')
  const enums = types.filter((type) => type.kind === 'enum')
  const services = types.filter((type) => type.kind === 'service')
  return [
    table(
      'Fields that carry the `csi_secret` option, by message type. They must never reach a log.',
      'secretFields',
      'readonly string[]',
      messages.map((message) => [message.typeName, secrets(message, registry)] as const),
    ),
    table(
      'Type of every field that holds a message or an enum, alone or in a list, by message type.',
      'fieldTypes',
      'Readonly<Record<string, string>>',
      messages.map((message) => [message.typeName, fieldTypes(message)] as const),
    ),
    table(
      'Names of the properties that hold a oneof (`{ $case, value }`), by message type.',
      'oneofs',
      'readonly string[]',
      messages.map((message) => [message.typeName, message.oneofs.map((oneof) => oneof.localName)] as const),
    ),
    table(
      'Names of enum values by number, by enum type.',
      'enumNames',
      'Readonly<Record<number, string>>',
      enums.map(
        (type) => [type.typeName, Object.fromEntries(type.values.map((value) => [value.number, value.name]))] as const,
      ),
    ),
    table(
      'Request and response type of every method, by path.',
      'methodTypes',
      'readonly [request: string, response: string]',
      services.flatMap((service) =>
        service.methods.map(
          (method) => [`/${service.typeName}/${method.name}`, [method.input.typeName, method.output.typeName]] as const,
        ),
      ),
    ),
  ].join('\n')
}

function secrets(message: DescMessage, registry: Registry): string[] {
  const option = registry.getExtension('csi.v1.csi_secret') ?? fail('csi.v1.csi_secret')
  return message.fields.filter((field) => getOption(field, option) === true).map((field) => field.localName)
}

function fieldTypes(message: DescMessage): Record<string, string> {
  return Object.fromEntries(
    message.fields.flatMap((field) => {
      const type = field.message ?? field.enum
      if (type !== undefined && field.fieldKind === 'map') fail(`how to read a map of messages (${field.toString()})`)
      return type === undefined ? [] : [[field.localName, type.typeName]]
    }),
  )
}

function table(doc: string, name: string, type: string, rows: readonly (readonly [string, object])[]): string {
  const filled = rows.filter(([, value]) => Object.keys(value).length > 0)
  const lines = filled.map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  return `/** ${doc} */\nexport const ${name}: Readonly<Record<string, ${type}>> = {\n${lines.join('\n')}\n}\n`
}

function fail(what: string): never {
  throw new Error(`proto/ does not define ${what}`)
}
