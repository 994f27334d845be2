import type { DriverConnection } from '@csi-ts/csi-client'
import type { WorkContext } from '@csi-ts/telemetry'

/** A client of each service. A connection of `connectDriver` fits, and so does `inMemoryDriver`. */
export type DriverClients = Pick<
  DriverConnection,
  'identity' | 'controller' | 'node' | 'groupController' | 'snapshotMetadata'
>

/** The driver under test. */
export interface SuiteTarget {
  /** The clients now; looked at again for each call. */
  clients(): DriverClients
  /** Stops the driver as a crash would and starts it again; resolves when it is ready. Absent: cases that need it are skipped. */
  readonly restart?: ((ctx: WorkContext) => Promise<void>) | undefined
}
