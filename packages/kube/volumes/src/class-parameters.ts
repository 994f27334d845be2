/** Keys of a class that start with this are for the sidecars and never reach a driver. */
export const reservedParameterPrefix = 'csi.storage.k8s.io/'

/** `parameters` of a StorageClass. */
export type ClassParameters = Readonly<Record<string, string>>

const fsTypeKey = `${reservedParameterPrefix}fstype`

/** The parts of `<part>-name` and `<part>-namespace`, below {@link reservedParameterPrefix}. */
export const secretParameterParts = [
  'secret',
  'provisioner-secret',
  'controller-publish-secret',
  'node-stage-secret',
  'node-publish-secret',
  'controller-expand-secret',
  'node-expand-secret',
  'controller-modify-secret',
] as const

const reservedKeys: ReadonlySet<string> = new Set([
  fsTypeKey,
  ...secretParameterParts.flatMap((part) => [
    `${reservedParameterPrefix}${part}-name`,
    `${reservedParameterPrefix}${part}-namespace`,
  ]),
])

/** A class names a parameter that nobody knows, or names one thing twice. */
export class ClassParameterError extends Error {
  override readonly name = 'ClassParameterError'
}

/**
 * What is left of a class's parameters for the driver. The deprecated keys, `fstype` among them, are passed on, as
 * upstream does: drivers read them.
 *
 * @throws ClassParameterError when a key has the reserved prefix and is not a known one
 */
export function stripReservedParameters(parameters: ClassParameters): Record<string, string> {
  const left = Object.entries(parameters).filter(([key]) => !reservedKeys.has(key))
  const unknown = left.find(([key]) => key.startsWith(reservedParameterPrefix))
  if (unknown !== undefined) {
    throw new ClassParameterError(
      `found unknown parameter key ${JSON.stringify(unknown[0])} with reserved namespace ${reservedParameterPrefix}`,
    )
  }
  return Object.fromEntries(left)
}

/**
 * The file system type that a class asks for. Both the reserved key and the deprecated `fstype`, in any case, count.
 *
 * @param defaultFsType what the sidecar was told to use when the class names none; may be empty
 * @throws ClassParameterError when more than one key names a type
 */
export function resolveFsType(parameters: ClassParameters, defaultFsType: string): string {
  const keys = Object.keys(parameters).filter(isFsTypeKey)
  if (keys.length > 1) {
    throw new ClassParameterError(`fstype specified in more than one parameter: ${keys.toSorted().join(', ')}`)
  }
  const key = keys[0]
  return key === undefined ? defaultFsType : (parameters[key] ?? defaultFsType)
}

/** The keys of a class that still work and should be replaced, each with its replacement, for a warning. */
export function deprecatedParameters(
  parameters: ClassParameters,
): readonly { readonly key: string; readonly replacement: string }[] {
  return Object.keys(parameters).flatMap((key) => {
    if (key !== fsTypeKey && isFsTypeKey(key)) return [{ key, replacement: fsTypeKey }]
    const replacement = deprecatedSecretKeys.get(key)
    return replacement === undefined ? [] : [{ key, replacement }]
  })
}

/** Deprecated keys of secrets, and what replaces each. */
export const deprecatedSecretKeys: ReadonlyMap<string, string> = new Map(
  [
    ['csiProvisionerSecret', 'provisioner-secret'],
    ['csiControllerPublishSecret', 'controller-publish-secret'],
    ['csiNodeStageSecret', 'node-stage-secret'],
    ['csiNodePublishSecret', 'node-publish-secret'],
  ].flatMap(([old, part]) => [
    [`${old}Name`, `${reservedParameterPrefix}${part}-name`],
    [`${old}Namespace`, `${reservedParameterPrefix}${part}-namespace`],
  ]),
)

function isFsTypeKey(key: string): boolean {
  return key === fsTypeKey || key.toLowerCase() === 'fstype'
}
