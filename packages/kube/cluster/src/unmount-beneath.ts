import { createMountTable, ensureUnmounted, LinuxMounter } from '@csi-ts/mount'
import type { Logger } from '@csi-ts/telemetry'

/** Takes off every mount strictly below a folder, the innermost first. */
export async function unmountBeneath(folder: string, log: Logger): Promise<void> {
  const mounter = new LinuxMounter()
  const ctx = { signal: AbortSignal.timeout(30_000), log }
  const mounts = await createMountTable().beneath(folder)
  for (const { mountPoint } of mounts.toReversed()) await ensureUnmounted(mounter, mountPoint, ctx)
}
