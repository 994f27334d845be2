export { type BindMountOutcome, type BindMountRequest, ensureBindMount } from './bind-mount.ts'
export {
  type CreateExecOptions,
  createExec,
  type Exec,
  type ExecOptions,
  type ExecResult,
  ExecStartError,
  ExecTimeoutError,
} from './exec.ts'
export { LinuxMounter, type LinuxMounterOptions } from './linux-mounter.ts'
export {
  isCorruptedMountError,
  MountConflictError,
  MountError,
  MountHungError,
  MountTimeoutError,
  NotMountedError,
  UnsafeArgumentError,
  UnsafePathError,
} from './mount-error.ts'
export { formatMountInfo, type MountEntry, MountInfoError, parseMountInfo, splitMountOptions } from './mount-info.ts'
export { type BindOptions, hasBindOptions, parseBindOptions, planRemountOptions } from './mount-options.ts'
export {
  assertSafeArgument,
  assertSafePath,
  ensureMountDirectory,
  removeMountTarget,
  resolveMountPath,
} from './mount-path.ts'
export {
  canMount,
  inUserNamespaceVariable,
  type MountRights,
  NoMountRightsError,
  type ReexecRequest,
  reexecInUserNamespace,
} from './mount-rights.ts'
export {
  createMountTable,
  isMountFrom,
  isMountOf,
  isMountPoint,
  type MountLocation,
  type MountTable,
  type MountTableOptions,
} from './mount-table.ts'
export type { Mounter, MountRequest, UnmountOptions } from './mounter.ts'
export { type RemoveTreeDeps, removeTreeBeneath } from './remove-tree.ts'
export { assertPathSegment, ensureDirectoryBeneath, resolveBeneath, type SafeDirectory } from './safe-path.ts'
export { cleanupMountTarget, type EnsureUnmountedOptions, ensureUnmounted } from './unmount.ts'
export { type VolumeStats, type VolumeStatsDeps, volumeStats } from './volume-stats.ts'
