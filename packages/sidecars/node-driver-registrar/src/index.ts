export { flags, probeMode, type RegistrarOptions } from './flags.ts'
export { createRegistrar, type Registrar, type RegistrarDeps } from './sidecar.ts'
