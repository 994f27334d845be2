import { constants, openSync, writeFileSync } from 'node:fs'

/** Where kubelet reads a container's last words from. */
export const terminationLogPath = '/dev/termination-log'

/** Leaves the message for `kubectl describe pod`. Outside a pod the file is absent, and nothing is created. Throws when writing fails for another reason. */
export function writeTerminationMessage(message: string, path: string = terminationLogPath): void {
  let file: number
  try {
    file = openSync(path, constants.O_WRONLY | constants.O_TRUNC)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    throw error
  }
  writeFileSync(file, message)
  // Left open on purpose: the process is about to end.
}
