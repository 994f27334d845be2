import type { DescEnum, DescMessage, DescService, FileRegistry } from '@bufbuild/protobuf'
import { nestedTypes } from '@bufbuild/protobuf/reflect'

/** Names that people write often, for what protobuf nests three deep. The long names are exported as well. */
const aliases: Readonly<Record<string, string>> = {
  VolumeCapability_AccessMode_Mode: 'AccessMode',
  PluginCapability_Service_Type: 'PluginService',
  PluginCapability_VolumeExpansion_Type: 'VolumeExpansion',
  ControllerServiceCapability_RPC_Type: 'ControllerCapability',
  NodeServiceCapability_RPC_Type: 'NodeCapability',
  GroupControllerServiceCapability_RPC_Type: 'GroupControllerCapability',
  VolumeUsage_Unit: 'UsageUnit',
}

/** The index of the package: every message, enum and service by name, and the tables. Not yet formatted. */
export function protobufIndex(registry: FileRegistry, protocols: readonly string[]): string {
  const perProtocol = protocols.map((protocol) => {
    const file = registry.getFile(protocol)
    if (file === undefined) throw new Error(`proto/ has no ${protocol}`)
    const names = [...nestedTypes(file)].flatMap((type) => (type.kind === 'extension' ? [] : exportsOf(type)))
    return exportLine(names, `./gen/${protocol.replace(/\.proto$/, '.ts')}`)
  })
  return [
    ...perProtocol,
    exportLine(['Timestamp'], './gen/google/protobuf/timestamp.ts'),
    exportLine(['secretFields', 'fieldTypes', 'oneofs', 'enumNames', 'methodTypes'], './gen/tables.ts'),
    "export type { DeepPartial } from './deep-partial.ts'\n",
  ].join('')
}

function exportsOf(type: DescMessage | DescEnum | DescService): string[] {
  const name = type.typeName.slice(type.file.proto.package.length + 1).replaceAll('.', '_')
  if (type.kind === 'service') return [`${name}Definition as ${name}Service`]
  const alias = aliases[name]
  return alias === undefined ? [name] : [name, `${name} as ${alias}`]
}

function exportLine(names: readonly string[], from: string): string {
  return `export { ${names.join(', ')} } from '${from}'\n`
}
