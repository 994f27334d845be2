export { type AccessModeOptions, kubernetesAccessModes, toAccessMode, toCombinedAccessMode } from './access-modes.ts'
export {
  ClassParameterError,
  type ClassParameters,
  deprecatedParameters,
  deprecatedSecretKeys,
  reservedParameterPrefix,
  resolveFsType,
  secretParameterParts,
  stripReservedParameters,
} from './class-parameters.ts'
export { resolveSecretRef, type SecretLocation, type SecretSubject, type SecretUse } from './secret-ref.ts'
export { expandTemplate, renderTemplate, SecretTemplateError, type TemplateValues } from './secret-template.ts'
export { type SecretData, toCsiSecrets } from './secret-values.ts'
export { isBlock, toVolumeCapabilities, type VolumeCapabilityInput } from './volume-capability.ts'
