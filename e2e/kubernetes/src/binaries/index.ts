export type { ProgressOutput } from './build-progress.ts'
export type { BinaryPaths, EnsureBinariesOptions } from './ensure-binaries.ts'
export { binaryCache, ensureBinaries } from './ensure-binaries.ts'
export { GoMissingError } from './go-toolchain.ts'
